import { describe, expect, it, vi } from 'vitest';
import { HandlerTimeoutError } from '../../../lib/domain/errors.ts';
import { type ProviderVariant, type Read, triableReads } from './variant.ts';
import {
  errorOf,
  openWorld,
  read,
  type SessionChanges,
  startedHandle,
  startRequest,
  unhurried,
  type World,
} from './world.ts';

/** A call ends when its caller does, at once. */
export function describeAbort(variant: ProviderVariant): void {
  const calls: readonly ('start' | Read)[] = ['start', ...triableReads(variant)];

  it.each(calls)('ends %s at once when the caller breaks it off, with the reason of the caller', async (which) => {
    await using world = await openWorld(variant);
    const call = await prepare(variant, world, which);
    world.breakEverything({ kind: 'hang' });
    const before = world.simulator.requests.length;
    const controller = new AbortController();
    const failing = errorOf(call(controller.signal));
    await vi.waitFor(() => expect(world.simulator.requests.length).toBeGreaterThan(before), { interval: 2 });
    const reason = new HandlerTimeoutError('no time left');
    const abortedAt = performance.now();
    controller.abort(reason);
    expect(await failing).toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
  });

  it('calls a start that was broken off lost, unless the caller gives a reason of its own', async () => {
    await using world = await openWorld(variant);
    world.breakStarts({ kind: 'hang-after' });
    const controller = new AbortController();
    const failing = errorOf(world.session.start(startRequest(variant), { signal: controller.signal }));
    await vi.waitFor(() => expect(world.jobs()).toHaveLength(1), { interval: 2 });
    controller.abort();
    expect(await failing).toMatchObject({ name: 'ReplyLostError' });
  });

  it.each(calls)('sends nothing for %s when it was broken off before', async (which) => {
    await using world = await openWorld(variant);
    const call = await prepare(variant, world, which);
    const before = world.simulator.requests.length;
    const reason = new HandlerTimeoutError('no time left');
    expect(await errorOf(call(AbortSignal.abort(reason)))).toBe(reason);
    expect(world.simulator.requests).toHaveLength(before);
  });
}

/** Everything before the call, so that the call alone is left to be made. */
async function prepare(variant: ProviderVariant, world: World, which: 'start' | Read, changes: SessionChanges = {}) {
  const isAnswer = which === 'answer';
  const session = world.open({ ...changes, ...(isAnswer ? { target: variant.waiting?.target ?? {} } : {}) });
  if (which === 'start') return (signal: AbortSignal) => session.start(startRequest(variant), { signal });
  const handle = await startedHandle(variant, session);
  world.pass(isAnswer ? (variant.waiting?.afterMs ?? 0) : 0);
  const intentAt = world.intentAt();
  return (signal: AbortSignal) => read(variant, session, which, { handle, intentAt, options: { signal } });
}

const READ_LIMIT_MS = 1_000;

/** A reply that drips is over at the time limit; all variants at once, because each needs real seconds. */
export function describeTimeLimits(variants: readonly ProviderVariant[]): void {
  describe('a reply that drips byte by byte', () => {
    it('ends a start at its time limit and leaves it in doubt, whatever the provider', async () => {
      const seen = await Promise.all(variants.map((variant) => drip(variant, 'start', variant.limited.startMs)));
      expect(seen).toEqual(variants.map(({ name }) => `${name}, start: ReplyLostError in time`));
    });

    it('ends every other call at its time limit, whatever the provider', async () => {
      const calls = variants.flatMap((variant) => triableReads(variant).map((which) => ({ variant, which })));
      const seen = await Promise.all(calls.map(({ variant, which }) => drip(variant, which, READ_LIMIT_MS)));
      expect(seen).toEqual(calls.map(({ variant, which }) => `${variant.name}, ${which}: ReplyLostError in time`));
    });
  });
}

/** One call with a dripping reply, in words. */
async function drip(variant: ProviderVariant, which: 'start' | Read, limitMs: number): Promise<string> {
  await using world = await openWorld(variant);
  const http = { limits: { totalMs: READ_LIMIT_MS } };
  const call = await prepare(variant, world, which, { settings: variant.limited.settings, http });
  const path = which === 'start' ? variant.startPath : '';
  world.simulator.faults.add({ path, times: 5, fault: { kind: 'drip', everyMs: 400 } });
  const startedAt = performance.now();
  const error = await errorOf(call(unhurried.signal));
  const tookMs = performance.now() - startedAt;
  const inTime = tookMs > limitMs - 50 && tookMs < limitMs + 2_000;
  return `${variant.name}, ${which}: ${error.name} ${inTime ? 'in time' : `after ${tookMs} ms`}`;
}
