/** A run begun by starting an execution by hand: accepted under the execution's name and carried by that execution. */
import { NEXT } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { readFields, text } from '../domain/fields.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { parseStart } from '../domain/queue-message.ts';
import { type Accepted, acceptRun, requestKeyId } from './accept-run.ts';
import { consoleKeyId, handStarted } from './console-key.ts';
import type { Dependencies } from './ports.ts';

/** What the machine's first task hands over. */
export interface ConsoleStart {
  /** Name of the execution. */
  readonly execution: string;
  /** The execution's input, whatever somebody typed. */
  readonly request: unknown;
}

/** @throws InvalidInputError when it is not the machine that calls. */
export function parseConsoleStart(event: unknown): ConsoleStart {
  return readFields<ConsoleStart>(event, {
    execution: text(/^[^\s]{1,80}$/, 'the name of an execution'),
    request: { expected: 'the input of the execution', fits: () => true },
  });
}

/** What the machine does next: begin the run, or end with a message that names what is wrong with the input. */
export async function acceptFromConsole(
  dependencies: Dependencies,
  { execution, request }: ConsoleStart,
): Promise<MachineState> {
  try {
    const wanted = parseStart(request, 'input');
    const key = await keyOf(dependencies, execution, wanted.requestId);
    const accepted = await acceptRun(dependencies, {
      ...wanted.request,
      ...key,
      trigger: 'console',
      executionName: execution,
    });
    if ('run' in accepted && accepted.run.executionName === execution)
      await dependencies.store.claimRemote(handStarted(execution), accepted.run.id);
    return answer(accepted, execution, wanted.request.flowId, dependencies);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return refused(error.message);
  }
}

/** By name, or by the caller's own id where there is one. */
async function keyOf({ vault }: Dependencies, execution: string, requestId: string | undefined) {
  if (requestId === undefined) return { requestKeyId: consoleKeyId(execution) };
  return { requestKeyId: await requestKeyId(vault, ['console'], requestId) };
}

function answer(accepted: Accepted, execution: string, flowId: string, { config }: Dependencies): MachineState {
  if (accepted.kind === 'unknown-flow')
    return refused(
      `flowId: there is no flow "${flowId.slice(0, 64)}"; known are ${Object.keys(config.flows).join(', ')}.`,
    );
  if (accepted.kind === 'key-reused') return refused('requestId: was used for another request.');
  const { run } = accepted;
  const place = { runId: run.id, generation: run.generation, lap: 0, status: run.status };
  // Asked for by another execution before: that one carries it.
  if (run.executionName !== execution)
    return { ...place, next: NEXT.succeeded, waitSeconds: 0, reason: `${run.id} does this already` };
  return { ...place, generation: 1, next: NEXT.coolOff, waitSeconds: 0, reason: `accepted as ${run.id}` };
}

function refused(reason: string): MachineState {
  return {
    runId: '',
    generation: 1,
    lap: 0,
    next: NEXT.failed,
    waitSeconds: 0,
    status: 'REFUSED',
    error: 'INVALID_REQUEST',
    reason: reason.slice(0, 1_000),
  };
}
