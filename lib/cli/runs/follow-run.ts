/** What `run` and `rerun` do with the run that they have started: say how to look at it, or wait for its end. */

import { whileAway } from '../frame/command-error.ts';
import type { ExitCode } from '../frame/errand-command.ts';
import { paintFor } from '../frame/status-paint.ts';
import { printJson } from '../target/api-args.ts';
import { isGoodEnd, summaryLines } from './run-summary.ts';
import { hasEnded, lastTrouble } from './run-words.ts';
import { openRunsDesk, type RunsDesk } from './runs-desk.ts';
import type { ShownRun } from './shown-run.ts';
import { watchRun } from './watch-run.ts';

const LAST_LOOK_MS = 2_000;

interface FollowOptions {
  readonly wait?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const FOLLOW_CODES =
  '0 the run ended well (without --wait: it is accepted), 1 it did not or Errand refused it, 2 it could not be started or its end not be seen.';

/** @throws CommandError */
export async function followRun(desk: RunsDesk, run: ShownRun, { wait, json }: FollowOptions): Promise<ExitCode> {
  if (!wait) return tellStarted(run, json ?? false);
  console.error(`${run.id}  ${run.flowId} on ${run.connection}`);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  // Kept while the cursor is put back, which would else end the process by the signal.
  process.on('SIGINT', onInterrupt);
  const watched = openRunsDesk(desk.target, stop.signal);
  const ended = await watchRun(watched, run, stop.signal).finally(() => process.off('SIGINT', onInterrupt));
  if (ended === undefined) {
    console.error(`The run goes on. Look at it again: errand show ${run.id}`);
    if (json) printJson(await lastSeen(desk, run));
    return 2;
  }
  if (json) printJson(ended);
  else for (const line of await endLines(desk, ended)) console.log(line);
  return isGoodEnd(ended) ? 0 : 1;
}

/** As it is now, or as it was where that cannot be said at once: whoever pressed Ctrl-C waits for nothing. */
function lastSeen({ target }: RunsDesk, run: ShownRun): Promise<ShownRun> {
  return openRunsDesk(target, AbortSignal.timeout(LAST_LOOK_MS))
    .run(run.id)
    .catch(() => run);
}

/** The id alone on the standard output, for scripts. */
function tellStarted(run: ShownRun, json: boolean): ExitCode {
  if (json) printJson(run);
  else {
    console.log(run.id);
    console.error(`The run of ${run.flowId} is accepted. Look at it: errand show ${run.id}`);
  }
  return 0;
}

async function endLines(desk: RunsDesk, run: ShownRun): Promise<readonly string[]> {
  // The end has been seen; what could be said beside is not worth another one.
  const output = run.output?.available === true ? await desk.output(run.id).catch(whileAway) : undefined;
  const events = isGoodEnd(run) || !hasEnded(run) ? [] : await desk.events(run.id).catch(whileAway);
  const trouble = lastTrouble(events ?? []);
  return summaryLines({ run, output, trouble }, Date.now(), paintFor(process.stdout));
}
