import { describe, expect, it } from 'vitest';
import { serveHttp } from '../../http/servers.ts';
import { jsonReply, UNUSABLE_TITLES, unusable } from './bodies.ts';
import { type ProviderVariant, type Read, triableReads } from './variant.ts';
import { errorOf, type FaultInput, openWorld, read, startedHandle, startRequest, unhurried } from './world.ts';

/** Ids that no path may ever hold. */
export const BAD_IDS = [
  ...['', ' ', '.', '..', '../x', 'a/b', 'a\\b', '%2e', '%2e%2e', '..%2fx', 'a b'],
  ...['a\u0000b', 'a\nb', 'a\n', '\uff0e\uff0e', '\u0663', 'x'.repeat(5_000)],
];

/** What every call after the start owes: an answer about this run, or an error, never a guess. */
export function describeReads(variant: ProviderVariant): void {
  for (const which of triableReads(variant)) describe(`its ${which}`, () => describeRead(variant, which));
  if (triableReads(variant).includes('fetchOutput')) describeFetchOutput(variant);
  if (triableReads(variant).includes('cancel')) describeCancel(variant);
  if (triableReads(variant).includes('answer')) describeAnswer(variant);
  if (triableReads(variant).includes('find')) describeFind(variant);
}

/** One read that meets a fault; nothing is started by it. */
async function failedRead(variant: ProviderVariant, which: Read, fault: FaultInput) {
  await using world = await openWorld(variant);
  // An answer has its good reply only while somebody is asked.
  const session = which === 'answer' ? world.open({ target: variant.waiting?.target ?? {} }) : world.session;
  const handle = await startedHandle(variant, session);
  world.pass((which === 'answer' ? variant.waiting?.afterMs : variant.polling?.endsAfterMs) ?? 0);
  world.breakEverything(fault);
  const error = await errorOf(read(variant, session, which, { handle, intentAt: world.intentAt() }));
  expect(world.starts()).toHaveLength(1);
  return error;
}

function describeRead(variant: ProviderVariant, which: Read): void {
  // A list without rows is a list.
  const silent = UNUSABLE_TITLES.filter((title) => which !== 'find' || title !== 'an empty list');
  it.each(silent)('learns nothing from 200 with %s', async (title) => {
    const error = await failedRead(variant, which, unusable(title, false));
    expect(error.name).toMatch(/^(ReplyLostError|ProviderProtocolError)$/);
  });

  it.each([500, 502, 504])('learns nothing from %i', async (status) => {
    const error = await failedRead(variant, which, { kind: 'reply', status, body: 'sorry' });
    expect(error).toMatchObject({ name: 'ReplyLostError', status });
  });

  it('learns from 429 and 503 how long to wait', async () => {
    for (const status of [429, 503]) {
      const error = await failedRead(variant, which, { kind: 'reply', status, headers: { 'retry-after': '9' } });
      expect(error).toMatchObject({ name: 'ProviderThrottledError', status, retryAfterMs: 9_000 });
    }
  });

  it('learns nothing from a reset or half a reply', async () => {
    expect(await failedRead(variant, which, { kind: 'reset' })).toMatchObject({ name: 'ReplyLostError' });
    expect(await failedRead(variant, which, { kind: 'cut-body', bytes: 9 })).toMatchObject({ name: 'ReplyLostError' });
    const unannounced = { kind: 'cut-body', bytes: 9, announceLength: false } as const;
    expect(await failedRead(variant, which, unannounced)).toMatchObject({ name: 'ReplyLostError' });
  });

  it('learns nothing from a cache', async () => {
    const error = await failedRead(variant, which, jsonReply([], 200, { age: '60' }));
    expect(error.name).toBe('ReplyLostError');
  });

  it('says who may be wrong on 401, 403 and 404', async () => {
    for (const status of [401, 403])
      expect(await failedRead(variant, which, jsonReply({}, status))).toMatchObject({
        name: 'ProviderUnauthorizedError',
      });
    const gone = await failedRead(variant, which, jsonReply({}, 404));
    expect(gone.name).toBe(variant.polling?.notFound);
  });

  it('does not follow a redirect, which would take the key elsewhere', async () => {
    await using elsewhere = await serveHttp((_request, response) => response.end('{}'));
    for (const status of [301, 302, 303, 307, 308]) {
      const fault = { kind: 'reply', status, headers: { location: `${elsewhere.origin}/` } } as const;
      expect(await failedRead(variant, which, fault)).toMatchObject({ name: 'ReplyLostError', status });
    }
    expect(elsewhere.connections).toBe(0);
  });

  if (which === 'find') return;

  it('refuses an id that would lead elsewhere, and sends nothing', async () => {
    await using world = await openWorld(variant);
    const good = await startedHandle(variant, world.session);
    const before = world.simulator.requests.length;
    for (const id of BAD_IDS) {
      for (const handle of [id, { remoteId: id }, { ...(good as object), remoteId: id }]) {
        const error = await errorOf(read(variant, world.session, which, { handle, intentAt: world.intentAt() }));
        expect(error.name).toBe('ProviderProtocolError');
      }
    }
    expect(world.simulator.requests).toHaveLength(before);
  });

  it.each([null, 7, [], {}, { remoteId: null }, { remoteId: ['x'] }])(
    'refuses what is no handle, and sends nothing: %j',
    async (handle) => {
      await using world = await openWorld(variant);
      const error = await errorOf(read(variant, world.session, which, { handle, intentAt: world.intentAt() }));
      expect(error.name).toBe('ProviderProtocolError');
      expect(world.simulator.requests).toHaveLength(0);
    },
  );

  const { polling } = variant;
  if (polling === undefined) return;

  it("does not take another run's answer for this one's", async () => {
    for (const [word, meaning] of Object.entries(polling.words)) {
      const other = polling.body(word, '0e8c1f6e-8d0b-4c5e-9c3f-2f6d1b7a0001');
      const fault = jsonReply(other);
      const error = await failedRead(variant, which, fault);
      expect(error.name, `${word} (${meaning})`).toBe('ProviderProtocolError');
    }
  });
}

function describeFetchOutput(variant: ProviderVariant): void {
  it('gives no output of a run that has not ended, not even an empty one, because a stale server may say so', async () => {
    await using world = await openWorld(variant);
    const handle = await startedHandle(variant, world.session);
    const error = await errorOf(read(variant, world.session, 'fetchOutput', { handle, intentAt: world.intentAt() }));
    expect(error.name).toBe('ProviderProtocolError');
  });
}

function describeCancel(variant: ProviderVariant): void {
  it('confirms a cancellation only when the platform says that the run was canceled', async () => {
    await using world = await openWorld(variant);
    const handle = await startedHandle(variant, world.session);
    const input = { handle, intentAt: world.intentAt() };
    expect(await read(variant, world.session, 'cancel', input)).toBe('confirmed');
    const look = await read(variant, world.session, 'poll', input);
    expect(look).toMatchObject({ kind: 'ended', verdict: { status: 'CANCELED' } });
  });

  it.each(UNUSABLE_TITLES)('does not confirm a cancellation that was answered with %s', async (title) => {
    await using world = await openWorld(variant);
    const handle = await startedHandle(variant, world.session);
    world.simulator.faults.add({ method: 'DELETE', times: 5, fault: unusable(title, false) });
    expect(await read(variant, world.session, 'cancel', { handle, intentAt: world.intentAt() })).toBe('unconfirmed');
  });
}

function describeAnswer(variant: ProviderVariant): void {
  it('shows a run that waits for a person, and lets it go on with the answer', async () => {
    await using world = await openWorld(variant);
    const session = world.open({ target: variant.waiting?.target ?? {} });
    const handle = await startedHandle(variant, session);
    world.pass(variant.waiting?.afterMs ?? 0);
    const input = { handle, intentAt: world.intentAt() };
    expect(await read(variant, session, 'poll', input)).toMatchObject({ kind: 'waiting', form: {} });
    expect(await read(variant, session, 'answer', input)).toMatchObject({ kind: 'going', status: 'RUNNING' });
  });
}

function describeFind(variant: ProviderVariant): void {
  const find = (world: Awaited<ReturnType<typeof openWorld>>) =>
    read(variant, world.session, 'find', { handle: null, intentAt: world.intentAt() });

  it('finds the one run whose start was answered with a reset, and leaves it as it is', async () => {
    await using world = await openWorld(variant);
    world.simulator.faults.add({ path: variant.startPath, fault: { kind: 'reset-after' } });
    await errorOf(world.session.start(startRequest(variant), unhurried));
    const [job] = world.jobs() as readonly { readonly id: string }[];
    const found = (await find(world)) as readonly { readonly remoteId: string; readonly handle: null }[];
    expect(found.map(({ remoteId }) => remoteId)).toEqual([job?.id]);
    const input = { handle: JSON.parse(JSON.stringify(found[0]?.handle)), intentAt: world.intentAt() };
    expect(await read(variant, world.session, 'poll', input)).toMatchObject({ kind: 'going' });
    expect(world.jobs()).toHaveLength(1);
  });

  it('finds none when the start was reset before it arrived', async () => {
    await using world = await openWorld(variant);
    world.simulator.faults.add({ path: variant.startPath, fault: { kind: 'reset' } });
    await errorOf(world.session.start(startRequest(variant), unhurried));
    expect(await find(world)).toEqual([]);
  });
}
