import { describe, expect, it } from 'vitest';
import { isoTime } from '../../lib/domain/record.ts';
import { passageOf, waveSpacingMs } from '../../lib/protection/breaker.ts';
import type { ConnectionState } from '../../lib/protection/connection-state.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** What the wrong clock showed. */
const AHEAD = START_OF_TIME + DAY;

describe('moments written by a clock that was a day ahead', () => {
  it('do not keep a circuit open: the next canary is sent at once, not tomorrow', () => {
    const at = isoTime(AHEAD);
    const nextCanaryAt = isoTime(AHEAD + 5 * SECOND);
    const circuit = { why: 'failing', since: at, openedAt: at, nextCanaryAt, canary: 'run_a', canaries: 0 } as const;
    const state: ConnectionState = { version: 1, failures: 10, circuit };
    for (const runId of ['run_a', 'run_b']) expect(passageOf(state, runId, START_OF_TIME).kind).toBe('canary');
  });

  it('hold nobody back where the platform asked for a minute', () => {
    const state: ConnectionState = { version: 1, failures: 0, toldToWaitUntil: isoTime(AHEAD + MINUTE) };
    expect(passageOf(state, 'run_a', START_OF_TIME + HOUR + 100 * SECOND)).toEqual({ kind: 'pass' });
  });

  it('do not let calls through in small waves for a day, as after an outage that has just ended', () => {
    const state: ConnectionState = { version: 1, failures: 0, reopenedAt: isoTime(AHEAD) };
    expect(waveSpacingMs(state, START_OF_TIME + 10 * MINUTE)).toBeUndefined();
  });

  it('do not keep the slot of a run that is gone, for which others would wait in line', async () => {
    const session: ProviderSession = {
      start: async ({ runId }) => ({ kind: 'accepted', handle: {}, remoteId: runId, status: 'QUEUED' }),
      poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
    };
    const config = testConfig({ deadline: '2h' });
    const acme = { ...config.connections.acme, limits: { inFlight: 1 } };
    const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
    const lease = { runId: 'run_gone', leaseUntil: AHEAD + 15 * MINUTE };
    await world.dependencies.inFlight.take('acme', lease, 1);
    const run = await world.accept();
    const machine = createMachine(world);
    for (let minute = 0; minute < 3; minute += 1) {
      await machine.run(world.now() + MINUTE);
      world.advance(MINUTE);
      await sweep(world.dependencies, {}, new AbortController());
    }
    expect((await world.run(run.id)).status).toBe('RUNNING');
  });
});
