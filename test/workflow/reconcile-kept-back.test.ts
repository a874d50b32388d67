import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { pause } from '../../lib/protection/breaker.ts';
import { testConfig } from '../helpers/world.ts';
import { at, INTENT, type StartWorld, startingWorld } from './start-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DUE = { ...INTENT, fenceUntil: at(0) };
const find = async () => [{ remoteId: 'r1', handle: 'r1' }];

/** A start in doubt whose fence is over, and which the platform lists. */
const doubtful = (fields: Partial<Run>) => startingWorld({ find }, { intent: DUE, ...fields });

const pauseNow = async ({ world }: StartWorld) => {
  const { states } = world.dependencies;
  const state = await states.getNow('acme');
  await states.save('acme', { ...pause(state, { reason: 'upgrade' }, world.now()), version: state.version + 1 });
};

describe('a start in doubt at a platform that may not be called', () => {
  it('is kept back, never past the deadline', async () => {
    const of = await doubtful({ deadline: at(20 * SECOND) });
    await pauseNow(of);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 20 });
    expect(await of.run()).toMatchObject({ heldBack: { why: 'paused', times: 1 }, nextLookAt: at(20 * SECOND) });
    expect(of.world.effects).not.toContain('platform.find');
  });

  it('is looked for at the deadline all the same: it is the last word', async () => {
    const of = await doubtful({ deadline: at(0) });
    await pauseNow(of);
    await of.start();
    expect(of.world.effects).toContain('platform.find');
    expect((await of.run()).remoteId).toBe('r1');
  });

  it.each([
    ['found', find],
    ['known not to have been accepted', async () => []],
  ])('owes nothing to an older refusal of the key once it is %s: the list was read', async (_, list) => {
    const heldBack = { why: 'refused', since: at(0), times: 2 } as const;
    const intent = { ...DUE, unlistedAt: at(0) };
    const of = await startingWorld({ find: list }, { intent, heldBack, authTroubleSince: at(0) });
    of.world.advance(MINUTE);
    await of.start();
    expect((await of.run()).status).not.toBe('STARTING');
    for (const gone of ['heldBack', 'authTroubleSince']) expect(Object.keys(await of.run())).not.toContain(gone);
  });

  it('is a human’s at the deadline when the limit of requests leaves no moment for it', async () => {
    const config = testConfig();
    const acme = { ...config.connections.acme, limits: { requestsPerSecond: 1 } };
    const limited = { ...config, connections: { acme } } as typeof config;
    const kinds: string[] = [];
    const ask = async (_connection: string, { kind }: { readonly kind: string }) => {
      kinds.push(kind);
      return { taken: false, inMs: 5 * SECOND };
    };
    const of = await startingWorld({ find }, { intent: DUE, deadline: at(MINUTE) }, { config: limited });
    Object.assign(of.world.dependencies.budgets, { ask });
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 5 });
    of.world.advance(MINUTE);
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect((await of.run()).error?.message).toContain("The platform's list could not be asked. Kept back");
    // The last look waits for no better times, and is asked for as that.
    expect(kinds).toEqual(['start', 'stop']);
  });
});
