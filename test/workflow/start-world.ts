/** A run in any state of its start, in the world in memory, and what a start call may have brought. */
import type { Config } from '../../lib/domain/config.ts';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ProviderSession, Started, StartRequest } from '../../lib/providers/provider.ts';
import { recordStart } from '../../lib/workflow/record-start.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, START_OF_TIME, testConfig, type World } from '../helpers/world.ts';

const signal = new AbortController().signal;
const SECONDS = 1_000;

/** So many milliseconds after the world began. */
export const at = (ms: number) => new Date(START_OF_TIME + ms).toISOString();

/** Stands in a record of which nobody knows yet what came of the start. */
export const INTENT = { owner: 'me', at: at(0), fenceUntil: at(50 * SECONDS) } as const;

export const ACCEPTED: Started = { kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' };

/** Where `canary-key` is the secret. */
const scrubber = createScrubber(['canary-key']);

export interface StartWorld {
  readonly world: World;
  readonly id: string;
  run(): Promise<Run>;
  /** Changes the record as somebody else would. */
  write(fields: Partial<Run>): Promise<void>;
  start(given?: AbortSignal): ReturnType<typeof startRun>;
  /** The platform's answer, or the failure of the call, is written down. */
  record(came: Started | { readonly error: unknown }, given?: AbortSignal): ReturnType<typeof startRun>;
}

export async function startWorld(
  session: Partial<ProviderSession>,
  fields: Partial<Run> = {},
  options: { readonly config?: Config; readonly open?: Parameters<typeof createWorld>[0]['open'] } = {},
): Promise<StartWorld> {
  const whole: ProviderSession = { start: async () => ACCEPTED, poll: async () => GOING, ...session };
  const { config = testConfig(), open } = options;
  const world = createWorld({ session: whole, config, ...(open && { open }) });
  const { id } = await world.accept({ parameters: { name: 'Jane Roe', email: 'jane@example.com' } });
  const write = async (changed: Partial<Run>) => {
    const stored = await world.run(id);
    const version = stored.version + 1;
    await world.store.save({ ...stored, ...changed, version, writeId: `test-${version}` });
  };
  if (Object.keys(fields).length > 0) await write(fields);
  const place = { runId: id, generation: 1, lap: 0 };
  return {
    world,
    id,
    run: () => world.run(id),
    write,
    start: (given = signal) => startRun(world.dependencies, place, { signal: given }),
    async record(came, given = signal) {
      const platform = { session: whole, scrubber, outputScrubber: scrubber };
      const called = 'error' in came ? { ok: false as const, ...came } : { ok: true as const, value: came };
      const starting = await world.run(id);
      return recordStart(
        world.dependencies,
        place,
        starting,
        requestOf(starting),
        { ...called, ...platform },
        {
          signal: given,
        },
      );
    },
  };
}

/** With the intent of a call that is just over. */
export function startingWorld(
  session: Partial<ProviderSession> = {},
  fields: Partial<Run> = {},
  options: Parameters<typeof startWorld>[2] = {},
): Promise<StartWorld> {
  return startWorld(session, { status: 'STARTING', intent: INTENT, ...fields }, options);
}

const GOING = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' } as const;

const requestOf = ({ id, attempt }: Run): StartRequest => ({
  runId: id,
  attempt,
  correlation: `${id}-${attempt}`,
  parameters: {},
  remainingMs: 0,
});
