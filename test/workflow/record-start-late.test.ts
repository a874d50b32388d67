import { describe, expect, it } from 'vitest';
import { ProviderRefusedError, StaleRunError, StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { Started } from '../../lib/providers/provider.ts';
import { resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { testConfig } from '../helpers/world.ts';
import { ACCEPTED, at, INTENT, type StartWorld, startingWorld } from './start-world.ts';

const away = new StoreUnavailableError('the table is away');
const ENDED = {
  kind: 'ended',
  remoteId: 'r9',
  verdict: { status: 'FAILED', remoteStatus: 'canary-key broke' },
} as const;

/** The table refuses the next writes of the answer, after `meanwhile` has been done to the record. */
function refuseSaves(of: StartWorld, times: number, failure: Error = away, meanwhile?: () => Promise<void>): void {
  let count = 0;
  of.world.boundary = async (effect, when) => {
    if (effect !== 'store.save' || when !== 'before' || count >= times) return;
    count += 1;
    if (count === 1) await meanwhile?.();
    throw failure;
  };
}

/** The run is judged by somebody else while its answer is on its way to the table. */
async function lateAnswer(came: Started | { readonly error: unknown }, fields: Partial<Run>) {
  const of = await startingWorld();
  refuseSaves(of, 1, new StaleRunError('written by somebody else'), () => of.write(fields));
  await expect(of.record(came)).rejects.toBeInstanceOf(StaleRunError);
  return { ...of, events: (await of.run()).events };
}

describe('what the platform answered, while the table is away', () => {
  it('is written again every two seconds', async () => {
    const of = await startingWorld();
    refuseSaves(of, 5);
    expect(await of.record(ACCEPTED)).toMatchObject({ status: 'RUNNING' });
    expect(of.world.now()).toBe(Date.parse(at(10_000)));
    expect(await of.run()).toMatchObject({ status: 'RUNNING', remoteId: 'r1' });
  });

  it('is written at once where somebody else was first, who has it no longer', async () => {
    const of = await startingWorld();
    refuseSaves(of, 2, new StaleRunError('written by somebody else'));
    await of.record(ACCEPTED);
    expect(of.world.now()).toBe(Date.parse(at(0)));
    expect((await of.run()).status).toBe('RUNNING');
  });

  it('is written as long as there is time, and not after that', async () => {
    const of = await startingWorld();
    const over = new AbortController();
    refuseSaves(of, 100, away, async () => over.abort());
    await expect(of.record(ACCEPTED, over.signal)).rejects.toBe(away);
    expect(of.world.effects.filter((effect) => effect === 'store.save')).toHaveLength(1);
  });

  it('is written from what is known here, where the record cannot even be read', async () => {
    const of = await startingWorld();
    let reads = 0;
    refuseSaves(of, 2);
    const { boundary } = of.world;
    of.world.boundary = (effect, when) => {
      if (effect !== 'store.get' || when !== 'before') return boundary(effect, when);
      reads += 1;
      throw away;
    };
    expect(await of.record(ACCEPTED)).toMatchObject({ status: 'RUNNING' });
    expect(reads).toBe(2);
  });

  it('is no reason to try again what is a fault of our own', async () => {
    const of = await startingWorld();
    refuseSaves(of, 1, new TypeError('ours'));
    await expect(of.record(ACCEPTED)).rejects.toThrow(TypeError);
    expect(of.world.effects.filter((effect) => effect === 'store.save')).toHaveLength(1);
  });
});

describe('an acceptance that comes after the run was judged', () => {
  it('is kept for a human: the id, a line in the timeline and an alarm', async () => {
    const { world, id, run, events } = await lateAnswer(ACCEPTED, { status: 'FALLOUT' });
    expect(await run()).toMatchObject({ status: 'FALLOUT', orphans: ['r1'] });
    expect(Object.keys(await run())).not.toContain('lateVerdict');
    expect(events.at(-1)).toMatchObject({
      type: 'started',
      message: "The platform's answer came too late: it had accepted r1.",
    });
    expect(world.logged).toContain(`late start {"runId":"${id}","remoteId":"r1"}`);
  });

  it('is another job than that of whoever has the run now, also where that one is starting, too', async () => {
    const { run } = await lateAnswer(ACCEPTED, { intent: { ...INTENT, owner: 'somebody else' } });
    expect(await run()).toMatchObject({ status: 'STARTING', orphans: ['r1'] });
    const idle = await lateAnswer(ACCEPTED, { status: 'ACCEPTED', intent: undefined as never });
    expect(await idle.run()).toMatchObject({ status: 'ACCEPTED', orphans: ['r1'] });
  });

  it('joins those that came late before, each once', async () => {
    const second = await lateAnswer(ACCEPTED, { status: 'FALLOUT', orphans: ['r0'] });
    expect((await second.run()).orphans).toEqual(['r0', 'r1']);
    const again = await lateAnswer(ACCEPTED, { status: 'FALLOUT', orphans: ['r1', 'r0'] });
    expect((await again.run()).orphans).toEqual(['r1', 'r0']);
    expect(again.events.at(-1)?.type).not.toBe('started');
    expect(again.world.logged.join()).not.toContain('late start');
  });

  it('is nothing new where the run has that very job', async () => {
    const { run, events } = await lateAnswer(ACCEPTED, {
      status: 'RUNNING',
      remoteId: 'r1',
      intent: undefined as never,
    });
    expect((await run()).orphans).toBeUndefined();
    expect(events.at(-1)?.type).not.toBe('started');
  });
});

describe('an answer that was written although the table said nothing of it', () => {
  const past = { attempt: 1, status: 'FAILED', remoteId: 'r9', endedAt: at(0) } as const;

  it.each([
    ['as the end of the run', ENDED, { status: 'FAILED', intent: undefined as never }],
    [
      'as the attempt before the next',
      ENDED,
      { status: 'COOLING_OFF', attempt: 2, pastAttempts: [past], intent: undefined as never },
    ],
    [
      'as a job that has come to its end since',
      { ...ACCEPTED, remoteId: 'r9' },
      { status: 'COOLING_OFF', attempt: 2, pastAttempts: [past], intent: undefined as never },
    ],
  ] as const)('is not late: it is in the record %s', async (_, came, fields) => {
    const { run, events, world } = await lateAnswer(came, fields);
    const saved = Object.keys(await run());
    for (const none of ['orphans', 'lateVerdict']) expect(saved).not.toContain(none);
    expect(events.at(-1)?.type).not.toBe('started');
    expect(world.logged.join()).not.toContain('late start');
  });

  it('is not late where the flow required the output that it did not bring', async () => {
    const of = await startingWorld({}, {}, { config: testConfig({ outputRequired: true }) });
    let saves = 0;
    of.world.boundary = (effect, when) => {
      if (effect !== 'store.save' || when !== 'after') return;
      saves += 1;
      if (saves === 1) throw away;
    };
    await of.record({ kind: 'ended', verdict: { status: 'SUCCEEDED' } }).catch(() => {});
    expect(await of.run()).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'OUTPUT_MISSING' } });
    expect(Object.keys(await of.run())).not.toContain('lateVerdict');
    expect(of.world.logged.join()).not.toContain('late start');
  });

  it('is late under the id of an attempt before: not every platform gives one only once', async () => {
    const judged = { status: 'FALLOUT', attempt: 2, maxAttempts: 2, pastAttempts: [past] } as const;
    const of = await startingWorld({}, { ...judged, status: 'STARTING' });
    refuseSaves(of, 1, new StaleRunError('written by somebody else'), () => of.write(judged));
    await expect(of.record({ ...ACCEPTED, remoteId: 'r9' })).rejects.toBeInstanceOf(StaleRunError);
    expect(await of.run()).toMatchObject({ orphans: ['r9'] });
  });

  it.each([
    ['OUTPUT_TOO_LARGE', undefined],
    ['UNKNOWN_STATUS', 'r9'],
  ] as const)(
    'is late although both ends are for a human, so that nobody starts it again: %s',
    async (reason, remoteId) => {
      const error = { code: reason, message: 'x' };
      const verdict = { status: 'FALLOUT', falloutReason: reason, error } as const;
      const evidence = { attempt: 1, calledAt: at(0), fenceUntil: at(1) };
      const judged = {
        intent: undefined as never,
        endedAt: at(0),
        fallout: { reason: 'AMBIGUOUS_START', evidence },
      } as const;
      const ended = { kind: 'ended', verdict, ...(remoteId && { remoteId }) } as const;
      const of = await lateAnswer(ended, { status: 'FALLOUT', ...judged });
      of.world.advance(3_600_000);
      const decision = { decision: 'not-started', reason: 'x' } as const;
      expect(await resolveFallout(of.world.dependencies, of.id, decision)).toMatchObject({ kind: 'refused' });
      expect(await of.run()).toMatchObject({ lateVerdict: { falloutReason: reason } });
    },
  );

  it('is late where the attempt ended otherwise', async () => {
    const succeeded = { ...ENDED, verdict: { status: 'SUCCEEDED' } } as const;
    const { run } = await lateAnswer(succeeded, { status: 'COOLING_OFF', attempt: 2, pastAttempts: [past] });
    expect(await run()).toMatchObject({ lateVerdict: { status: 'SUCCEEDED' } });
  });
});

describe('an end that comes after the run was judged', () => {
  it('is kept with its id as what it was, without our secrets', async () => {
    const { world, id, run, events } = await lateAnswer(ENDED, { status: 'FALLOUT' });
    expect(await run()).toMatchObject({
      status: 'FALLOUT',
      orphans: ['r9'],
      lateVerdict: { status: 'FAILED', remoteStatus: '*** broke' },
    });
    expect(events.at(-1)?.message).toBe("The platform's answer came too late: it had done the job: FAILED.");
    expect(world.logged).toContain(`late start {"runId":"${id}","remoteId":"r9"}`);
  });

  it('is kept without an id, or with one that is known, for the verdict is new', async () => {
    const { remoteId: _, ...nameless } = ENDED;
    const without = await lateAnswer(nameless, { status: 'FALLOUT', orphans: ['r0'] });
    expect(await without.run()).toMatchObject({ orphans: ['r0'], lateVerdict: { status: 'FAILED' } });
    expect(without.world.logged).toContain(`late start {"runId":"${without.id}"}`);
    const known = await lateAnswer(ENDED, { status: 'FALLOUT', remoteId: 'r9' });
    expect(await known.run()).toMatchObject({ remoteId: 'r9', lateVerdict: { status: 'FAILED' } });
    expect((await known.run()).orphans).toBeUndefined();
  });
});

describe('a refusal that comes after the run was judged', () => {
  it('leaves nothing behind: there is no job', async () => {
    const { run, events, world } = await lateAnswer({ error: new ProviderRefusedError('400') }, { status: 'FALLOUT' });
    expect((await run()).orphans).toBeUndefined();
    expect(events.at(-1)?.type).not.toBe('started');
    expect(world.logged.join()).not.toContain('late start');
  });
});
