/** How runs and the executions that people start by hand find each other; such names are unique for 90 days. */
import type { RemoteRun } from './ports.ts';

/** Under what a run is remembered that was asked for by starting an execution of this name. */
export function consoleKeyId(executionName: string): string {
  return `console:${executionName}`;
}

/** The execution as something that belongs to one run; no connection has such a name. */
export function handStarted(executionName: string): RemoteRun {
  return { connection: ':execution', remoteId: executionName };
}
