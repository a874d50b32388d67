/**
 * Loaded ahead of all else in each thread of the runtime's process: collects the thread's garbage when it is asked to. A
 * thread can collect its own only, and the runtime's threads know nothing of a soak.
 */
import { isMainThread, postMessageToThread } from 'node:worker_threads';

const COLLECT = 'errand-soak: collect your garbage';
/** A thread that is at work for so long, or was ended meanwhile, is waited for no longer. */
const AT_MOST_MS = 10_000;

function collectOwn(): void {
  if (globalThis.gc === undefined) throw new Error('Node.js collects garbage on demand with --expose-gc only');
  // The regular kind leaves the room for young objects as large as the busiest moment made it.
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

if (!isMainThread)
  process.on('workerMessage', (message) => {
    if (message === COLLECT) collectOwn();
  });

/** Collects the garbage of the main thread, which calls this, and of these; resolves to how many of these did not. */
export async function collectGarbage(threadIds: readonly number[]): Promise<number> {
  const asked = threadIds.map((id) => postMessageToThread(id, COLLECT, AT_MOST_MS));
  collectOwn();
  const answers = await Promise.allSettled(asked);
  return answers.filter(({ status }) => status === 'rejected').length;
}
