/** The list of runs, drawn again and again until Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { CommandError } from '../frame/command-error.ts';
import { canRedraw, fitting } from '../frame/live-terminal.ts';

const EVERY_MS = 2_000;

/** @param table of the runs as they are now. @throws CommandError where there is no terminal, or Errand refuses. */
export async function watchRuns(table: (signal: AbortSignal) => Promise<string>): Promise<void> {
  const { stdout } = process;
  if (!canRedraw(stdout))
    throw new CommandError('--watch draws on a terminal, and there is none that can be drawn on. Leave it out.');
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.on('SIGINT', onInterrupt);
  const draw = createLogUpdate(stdout);
  try {
    do {
      const text = await shown(() => table(stop.signal));
      if (!stop.signal.aborted) draw(fitting(text, stdout));
    } while (await sleep(EVERY_MS, true, { signal: stop.signal }).catch(() => false));
  } finally {
    draw.done();
    process.off('SIGINT', onInterrupt);
  }
}

async function shown(table: () => Promise<string>): Promise<string> {
  try {
    return await table();
  } catch (error) {
    if (error instanceof CommandError && error.mayPass) return `Trying again. ${error.message}`;
    throw error;
  }
}
