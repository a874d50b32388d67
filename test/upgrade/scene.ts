/** Whether a recorded call can be told again by itself. */
import type { RecordedCall } from './host.ts';

const LEEWAY_MS = 250;
/** Two writers met, or a service was away: of the moment, and not of the payload. */
const OF_THE_MOMENT = ['StaleRunError', 'StoreUnavailableError', 'HandlerTimeoutError', 'Lambda.Unknown'];

function runIdOf({ payload }: RecordedCall): string | undefined {
  const { runId, execution } = payload as { readonly runId?: string; readonly execution?: string };
  return runId ?? /run_[0-9A-Z]{26}/.exec(execution ?? '')?.[0];
}

/** Whether it did something to that run: another task, a person at the API, a message. */
function touches(call: RecordedCall, runId: string): boolean {
  const { name, payload } = call;
  if (name !== 'api' && name !== 'intake') return runIdOf(call) === runId;
  const text = JSON.stringify(payload);
  return (text.includes(runId) && /cancel|input|resolve/.test(text)) || text.includes('\\"cancel\\":');
}

/** What is asked of one run depends on where it stood. */
function isOfOneRun({ name, payload }: RecordedCall): boolean {
  return name === 'api' && /^\/v1\/runs\/./.test((payload as { readonly rawPath?: string }).rawPath ?? '');
}

/** Nobody else had a hand in it: neither a person nor another call on the same run. */
export function isAlone(call: RecordedCall, all: readonly RecordedCall[]): boolean {
  const runId = runIdOf(call);
  if (isOfOneRun(call)) return false;
  if (call.error !== undefined && OF_THE_MOMENT.includes(call.error)) return false;
  if (runId === undefined || call.before === undefined) return true;
  const overlaps = ({ name, atMs, endedAtMs }: RecordedCall) => {
    // A task of the same run begins when the one before has ended, and not a moment earlier.
    const leewayMs = name === 'api' || name === 'intake' ? LEEWAY_MS : 0;
    return endedAtMs + leewayMs > call.atMs && atMs - leewayMs < call.endedAtMs;
  };
  return !all.some((other) => other !== call && overlaps(other) && touches(other, runId));
}

/** What tells one call from another: the function, where the run stood, and the answer. */
function shapeOf({ name, payload, before, value, error }: RecordedCall): string {
  const { status, record } = (before ?? {}) as { readonly status?: string; readonly record?: string };
  const flowId = record === undefined ? '' : (JSON.parse(record) as { readonly flowId: string }).flowId;
  const { rawPath = '' } = payload as { readonly rawPath?: string };
  const { next, statusCode } = (value ?? {}) as { readonly next?: string; readonly statusCode?: number };
  return [name, rawPath, flowId, status, next ?? statusCode, error].join(' ');
}

/** At most so many of each shape. */
export function fewOfEach(calls: readonly RecordedCall[], most: number): readonly RecordedCall[] {
  const counts = new Map<string, number>();
  return calls.filter((call) => {
    const shape = shapeOf(call);
    const count = (counts.get(shape) ?? 0) + 1;
    counts.set(shape, count);
    return count <= most;
  });
}
