import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { pause } from '../../lib/protection/breaker.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { at, type StartWorld, startWorld } from './start-world.ts';

const calls = ({ world }: StartWorld) => world.effects.filter((effect) => effect === 'platform.start').length;

describe('a start at a platform that is paused', () => {
  const paused = async (fields: Partial<Run> = {}) => {
    const of = await startWorld({}, fields);
    const { states } = of.world.dependencies;
    const state = await states.getNow('acme');
    const version = state.version + 1;
    await states.save('acme', { ...pause(state, { reason: 'upgrade' }, of.world.now()), version });
    return of;
  };

  it('is kept back without a call, one lap more, and told with that once it is too late', async () => {
    const of = await paused();
    const place = { runId: of.id, generation: 1, lap: 3 };
    const { signal } = new AbortController();
    const state = await startRun(of.world.dependencies, place, { signal });
    expect(state).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED', lap: 4 });
    expect(await of.run()).toMatchObject({ heldBack: { why: 'paused', times: 1 } });
    expect(calls(of)).toBe(0);
    await of.write({ startBy: at(0), nextLookAt: undefined as never });
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'START_BY' });
    expect((await of.run()).error?.message).toContain(' Last trouble: Kept back: ');
  });

  it('that has ended is told as it ended, and waits for nothing', async () => {
    const of = await paused({ status: 'CANCELED', error: { code: 'CANCELED', message: 'no more' } });
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'CANCELED' });
    expect(calls(of)).toBe(0);
  });
});
