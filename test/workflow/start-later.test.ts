import { describe, expect, it } from 'vitest';
import { ProviderThrottledError, RequestNotSentError } from '../../lib/domain/errors.ts';
import { at, startingWorld } from './start-world.ts';

const MINUTE = 60_000;

describe('a start that is to be tried again', () => {
  const error = new RequestNotSentError('refused');

  it('waits longer each time, and never past the moment from which it is too late', async () => {
    const early = await startingWorld();
    expect((await early.record({ error })).waitSeconds).toBeLessThanOrEqual(2);
    const late = await startingWorld({}, { startBy: at(400) });
    expect(await late.record({ error })).toMatchObject({ waitSeconds: 1 });
    expect((await late.run()).nextLookAt).toBe(at(400));
    const past = await startingWorld({}, { startBy: at(-1) });
    expect((await past.record({ error })).waitSeconds).toBe(0);
  });

  it('of a later attempt may wait until the deadline, for the work has begun', async () => {
    const fields = { attempt: 2, startedAt: at(-MINUTE), startBy: at(-MINUTE), deadline: at(10 * MINUTE) };
    const { run, record } = await startingWorld({}, fields);
    expect(await record({ error: new ProviderThrottledError('429', { retryAfterMs: 20 * MINUTE }) })).toMatchObject({
      next: 'COOL_OFF',
      status: 'COOLING_OFF',
      waitSeconds: 600,
    });
    expect((await run()).nextLookAt).toBe(at(10 * MINUTE));
  });

  it('is not waited for by a run that was canceled meanwhile', async () => {
    const { run, record } = await startingWorld({}, { cancel: { requestedAt: at(0) } });
    expect((await record({ error: new ProviderThrottledError('429', { retryAfterMs: MINUTE }) })).waitSeconds).toBe(0);
    expect((await run()).nextLookAt).toBe(at(0));
  });

  it('has had its turn and takes another place in line', async () => {
    const heldBack = { why: 'busy', since: at(0), times: 2 } as const;
    const { run, record } = await startingWorld({}, { heldBack, turnAt: at(0) });
    await record({ error });
    expect(Object.keys(await run())).not.toContain('heldBack');
    expect(Object.keys(await run())).not.toContain('turnAt');
  });
});
