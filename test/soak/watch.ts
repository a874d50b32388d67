/** Looks at the runtime's process every so often while a soak goes on, and says how it stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from './memory.ts';
import type { Memory } from './process-memory.ts';
import type { Sample } from './runtime-process.ts';
import type { World } from './world.ts';

export interface WatchOptions {
  readonly reportEveryMs: number;
  readonly log: (line: string) => void;
}

const MINUTE_MS = 60_000;
const inMb = (megabytes: number) => `${megabytes.toFixed(0)} MB`;

interface Moment {
  readonly atMs: number;
  /** Requests so far. */
  readonly sent: number;
}

function memoryLine({ rssMb, objectsMb, externalMb, withGarbageMb, mappedMb, threads, uncollected }: Memory): string {
  const not = uncollected > 0 ? ` (${uncollected} kept their garbage)` : '';
  return (
    `rss ${inMb(rssMb)} (objects ${inMb(objectsMb)}, buffers and the like ${inMb(externalMb)}; ` +
    `${inMb(withGarbageMb)} with garbage) + ${inMb(mappedMb)} of files, ${threads} threads${not}`
  );
}

function statusLine(last: Moment, { atMs, sent }: Moment, { running, sockets, handles }: Sample): string {
  const perSecond = ((sent - last.sent) / (atMs - last.atMs)) * 1_000;
  const minute = (atMs / MINUTE_MS).toFixed(1).padStart(5);
  const held = Object.values(handles).reduce((sum, each) => sum + each, 0);
  return `${minute} min: ${sent} requests (${perSecond.toFixed(1)}/s), ${running} open, ${sockets} sockets, ${held} handles`;
}

/** Reads memory and says how it stands, until the signal. */
export async function watch(
  { child, load }: World,
  { reportEveryMs, log }: WatchOptions,
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  const begun = performance.now();
  let last: Moment = { atMs: 0, sent: 0 };
  while (!signal.aborted) {
    await sleep(reportEveryMs, undefined, { signal }).catch(() => {});
    const [memory, sample] = [await child.memory(), await child.sample()];
    const now: Moment = { atMs: performance.now() - begun, sent: load.wishes.length };
    readings.push({ ...memory, atMs: now.atMs, running: sample.running });
    log(`${statusLine(last, now, sample)}, ${memoryLine(memory)}`);
    last = now;
  }
  return readings;
}
