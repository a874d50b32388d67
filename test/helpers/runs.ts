/** Records of runs for tests of stores. */
import type { Run, RunEvent } from '../../lib/domain/run.ts';

const T0 = Date.parse('2026-11-21T10:00:00.000Z');
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

let made = 0;

/** Ids in the order of their making, unique within a test file. */
export function nextRunId(): string {
  made += 1;
  const digits = Array.from({ length: 26 }, (_, place) => ALPHABET[Math.floor(made / 32 ** (25 - place)) % 32]);
  return `run_${digits.join('')}`;
}

export function eventOf(seq: number, message = `event ${seq}`): RunEvent {
  return { seq, at: new Date(T0 + seq * 1_000).toISOString(), type: seq === 1 ? 'accepted' : 'look', message };
}

/** A run as `accept` leaves it. */
export function newRun(fields: Partial<Run> = {}): Run {
  const at = new Date(T0).toISOString();
  return {
    id: nextRunId(),
    flowId: 'onboard',
    connection: 'acme',
    provider: 'bryter',
    version: 1,
    writeId: `write-${made}-1`,
    status: 'ACCEPTED',
    attempt: 1,
    maxAttempts: 1,
    coolOffMs: 20_000,
    trigger: 'api',
    input: { parameters: { name: 'Ada' }, sensitive: [] },
    createdAt: at,
    updatedAt: at,
    deadline: new Date(T0 + 86_400_000).toISOString(),
    startBy: new Date(T0 + 86_400_000).toISOString(),
    looks: 0,
    generation: 1,
    events: [eventOf(1)],
    ...fields,
  };
}

/** The next version of a record, with one line more in its timeline. */
export function nextVersion(run: Run, fields: Partial<Run> = {}): Run {
  const version = run.version + 1;
  const seq = (run.events.at(-1)?.seq ?? 0) + 1;
  return { ...run, version, writeId: `${run.id}-${version}`, events: [...run.events, eventOf(seq)], ...fields };
}
