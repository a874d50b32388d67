import { expect, it, vi } from 'vitest';
import { RequestNotSentError } from '../../../lib/domain/errors.ts';
import type { Turn } from '../../../lib/providers/provider.ts';
import { type ProviderVariant, type Read, triableReads } from './variant.ts';
import { errorOf, openWorld, read, startedHandle, startRequest, unhurried, type World } from './world.ts';

/** A platform that allows so many requests gets no more of them: whatever is sent has waited for its turn. */
export function describeMetering(variant: ProviderVariant): void {
  const calls: readonly ('start' | Read)[] = ['start', ...triableReads(variant)];

  it.each(calls)('asks for one turn before each request of %s, the login included', async (which) => {
    await using world = await openWorld(variant);
    const arrived: number[] = [];
    const call = await prepare(variant, world, which, async () => {
      arrived.push(world.simulator.requests.length);
    });
    const before = world.simulator.requests.length;
    await call();
    expect(arrived).toHaveLength(world.simulator.requests.length - before);
    expect(arrived.length).toBeGreaterThan(0);
    // At each turn all that had one before has arrived, and nothing else.
    expect(arrived).toEqual(arrived.map((_, turn) => before + turn));
  });

  it.each(calls)('sends nothing of %s while it waits for its turn', async (which) => {
    await using world = await openWorld(variant);
    const gate = Promise.withResolvers<void>();
    const call = await prepare(variant, world, which, () => gate.promise);
    const before = world.simulator.requests.length;
    const done = call();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.simulator.requests).toHaveLength(before);
    gate.resolve();
    await done;
    expect(world.simulator.requests.length).toBeGreaterThan(before);
  });

  it.each(calls)('sends nothing of %s that was broken off while it waited', async (which) => {
    await using world = await openWorld(variant);
    const gate = Promise.withResolvers<void>();
    let given: AbortSignal | undefined;
    const call = await prepare(variant, world, which, (signal) => {
      given = signal;
      return gate.promise;
    });
    const before = world.simulator.requests.length;
    const controller = new AbortController();
    const failing = errorOf(call(controller.signal));
    await vi.waitFor(() => expect(given).toBeDefined(), { interval: 2 });
    controller.abort();
    expect(await failing).toMatchObject({ name: 'RequestNotSentError' });
    expect(given?.aborted).toBe(true);
    // A turn that comes too late is nobody's.
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(world.simulator.requests).toHaveLength(before);
  });

  it.each(calls)('sends nothing of %s when it gets no turn, and says so', async (which) => {
    await using world = await openWorld(variant);
    const refusal = new RequestNotSentError('no turn in time');
    const call = await prepare(variant, world, which, () => Promise.reject(refusal));
    const before = world.simulator.requests.length;
    expect(await errorOf(call())).toBe(refusal);
    expect(world.simulator.requests).toHaveLength(before);
  });
}

/** Everything up to the call, unmetered; the call itself goes over a metered session that has not logged in. */
async function prepare(
  variant: ProviderVariant,
  world: World,
  which: 'start' | Read,
  turn: Turn,
): Promise<(signal?: AbortSignal) => Promise<unknown>> {
  const target = which === 'answer' ? { target: variant.waiting?.target ?? {} } : {};
  const metered = world.open({ ...target, turn });
  if (which === 'start') return (signal = unhurried.signal) => metered.start(startRequest(variant), { signal });
  const handle = await startedHandle(variant, world.open(target));
  if (which === 'answer') world.pass(variant.waiting?.afterMs ?? 0);
  if (which === 'fetchOutput') world.pass(variant.polling?.endsAfterMs ?? 0);
  const intentAt = world.intentAt();
  return (signal = unhurried.signal) => read(variant, metered, which, { handle, intentAt, options: { signal } });
}
