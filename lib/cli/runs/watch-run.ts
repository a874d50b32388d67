/** Looks at a run until it has ended, and shows what it sees. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { CommandError } from '../frame/command-error.ts';
import { canRedraw, fitting } from '../frame/live-terminal.ts';
import { paintFor } from '../frame/status-paint.ts';
import { changeLines, liveLines, type Seen } from './run-live.ts';
import { hasEnded, troubleOf } from './run-words.ts';
import type { RunsDesk } from './runs-desk.ts';
import type { ShownRun } from './shown-run.ts';

/** Looks are cheap and Errand itself knows nothing sooner than its own next look; long runs are looked at less often. */
const LOOK_MS = 500;
const LATER_LOOK_MS = 2_000;
const LATER_AFTER_MS = 30_000;
const DRAW_MS = 250;
/** Errand on a laptop may be started again meanwhile, a stack may be deployed. */
const PATIENCE_MS = 90_000;

interface Screen {
  show(seen: Seen): void;
  /** Leaves what was shown last, or takes it away. */
  done(): void;
}

/** @throws CommandError when Errand cannot be asked for long, or refuses. The run when it has ended; undefined when the signal came first. */
export async function watchRun(
  desk: RunsDesk,
  started: ShownRun,
  signal: AbortSignal,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<ShownRun | undefined> {
  const screen = canRedraw(stream) ? liveScreen(stream) : lineScreen(stream);
  const begin = Date.now();
  let seen: Seen = { run: started };
  let silentSince: number | undefined;
  try {
    screen.show(seen);
    while (!hasEnded(seen.run)) {
      const pause = Date.now() - begin < LATER_AFTER_MS ? LOOK_MS : LATER_LOOK_MS;
      if (!(await paused(pause, signal))) return undefined;
      const looked = await look(desk, seen);
      if (signal.aborted) return undefined;
      silentSince = looked.unreachable === undefined ? undefined : (silentSince ?? Date.now());
      if (silentSince !== undefined && Date.now() - silentSince > PATIENCE_MS)
        throw new CommandError(`${looked.unreachable} The run goes on without being watched.`);
      seen = looked;
      screen.show(seen);
    }
    return seen.run;
  } finally {
    screen.done();
  }
}

/** False when the signal came before the time was over. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}

async function look(desk: RunsDesk, before: Seen): Promise<Seen> {
  try {
    const run = await desk.run(before.run.id);
    if (run.updatedAt === before.run.updatedAt && before.unreachable === undefined) return { ...before, run };
    return { run, trouble: troubleOf(await desk.events(run.id)) };
  } catch (error) {
    if (!(error instanceof CommandError && error.mayPass)) throw error;
    return { ...before, unreachable: error.message };
  }
}

function lineScreen(stream: NodeJS.WriteStream): Screen {
  let before: Seen | undefined;
  return {
    show(seen) {
      for (const line of changeLines(before, seen, Date.now())) stream.write(`${line}\n`);
      before = seen;
    },
    done() {},
  };
}

/** Between looks the clock goes on. */
function liveScreen(stream: NodeJS.WriteStream): Screen {
  const draw = createLogUpdate(stream);
  const paint = paintFor(stream);
  let seen: Seen | undefined;
  const redraw = () => {
    if (seen !== undefined) draw(fitting(liveLines(seen, Date.now(), paint).join('\n'), stream));
  };
  const timer = setInterval(redraw, DRAW_MS);
  return {
    show(now) {
      seen = now;
      redraw();
    },
    done() {
      clearInterval(timer);
      draw.clear();
      draw.done();
    },
  };
}
