import { describe, expect, it } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { MODULE, SESSION_ID, SESSIONS, setUp } from '../helpers/bryter.ts';
import { call, lookAt, startAccepted, startRequest } from '../helpers/calls.ts';

describe('bryter poll', () => {
  const HANDLE = { publishedModuleId: MODULE, remoteId: SESSION_ID };

  const STATES = [
    { state: 'created', seen: { kind: 'going', status: 'QUEUED' } },
    { state: 'running', seen: { kind: 'going', status: 'RUNNING' } },
    { state: 'waiting_for_input', seen: { kind: 'waiting' } },
    { state: 'completed', seen: { kind: 'ended', verdict: { status: 'SUCCEEDED' } } },
    {
      state: 'fatal_errored',
      seen: { kind: 'ended', verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED' } } },
    },
    { state: 'unknown', seen: { kind: 'ended', verdict: { status: 'FALLOUT', falloutReason: 'UNKNOWN_STATUS' } } },
    { state: 'paused', seen: { kind: 'going', status: 'RUNNING', unknownWord: true } },
    { state: 'constructor', seen: { kind: 'going', status: 'RUNNING', unknownWord: true } },
    { state: ' Completed', seen: { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: ' Completed' } } },
  ];
  it.each(STATES)('reads $state and keeps the word', async ({ state, seen }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: JSON.stringify({ data: { state } }) } });
    const result = await lookAt(session, HANDLE);
    expect(result).toMatchObject(seen);
    expect(result.kind === 'ended' ? result.verdict.remoteStatus : result.remoteStatus).toBe(state);
  });

  it('follows a session to its end', async () => {
    const { session, simulator, pass } = await setUp();
    const { handle, remoteId } = await startAccepted(session);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'QUEUED' });
    pass(600);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
    pass(1_500);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests.at(-1)).toMatchObject({ method: 'GET', path: `${SESSIONS}/${remoteId}` });
    expect(simulator.requests.at(-1)?.headers.accept).toContain('application/json');
  });

  it('never follows links.self, which has a doubled slash in the documents', async () => {
    const { session, simulator } = await setUp({ doubleSlash: true });
    const { handle } = await startAccepted(session);
    await lookAt(session, handle);
    await lookAt(session, handle);
    expect(simulator.requests.map(({ path }) => path).filter((path) => path.includes('//'))).toEqual([]);
  });

  it('gives a waiting run its page, and goes on once a person has answered there', async () => {
    const { session, pass } = await setUp({ module: BRYTER_MODULES.approval });
    const { handle } = await startAccepted(session);
    pass(1_000);
    const waiting = await lookAt(session, handle);
    if (waiting.kind !== 'waiting' || waiting.url === undefined)
      throw new Error(`expected a link, got ${waiting.kind}`);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'waiting' });
    expect((await fetch(waiting.url, { method: 'POST', body: new URLSearchParams({ decision: 'yes' }) })).status).toBe(
      200,
    );
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
    pass(1_000);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
  });

  it.each(['https://evil.example/x', 'javascript:alert(1)', 'http://user:secret@127.0.0.1/x', '', 7, null])(
    'drops a browser link that leads elsewhere (%j)',
    async (browser) => {
      const { session, simulator } = await setUp();
      const body = JSON.stringify({ data: { state: 'waiting_for_input' }, links: { browser } });
      simulator.faults.add({ fault: { kind: 'reply', status: 200, body } });
      expect(await lookAt(session, HANDLE)).toEqual({ kind: 'waiting', remoteStatus: 'waiting_for_input' });
    },
  );

  it.each([
    { badKeyStatus: 404, disguised: true },
    { badKeyStatus: 401, disguised: false },
  ] as const)('reads $badKeyStatus as a refused key, never as a lost run', async ({ badKeyStatus, disguised }) => {
    const { session } = await setUp({ clientKey: 'wrong', badKeyStatus });
    const error = { name: 'ProviderUnauthorizedError', disguised };
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject(error);
  });

  it('reads 404 for a session the platform does not know like a bad key, because they look the same', async () => {
    const { session } = await setUp();
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ProviderUnauthorizedError', disguised: true });
  });

  it.each([
    { data: { state: 'completed', id: 'AAAAAAAAAAAAAAAAAAAAAA' } },
    { data: { state: 'completed' }, links: { self: `/api/execution//${MODULE}/sessions/AAAAAAAAAAAAAAAAAAAAAA` } },
  ])('does not believe the answer of another session (%j)', async (body) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: JSON.stringify(body) } });
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it.each(['<html>login</html>', '', 'null', '[]', '"completed"', '{"data":null}', '{"data":{"state":7}}'])(
    'takes no verdict from a 200 that is not a status (%j)',
    async (body) => {
      const { session, simulator } = await setUp();
      simulator.faults.add({ fault: { kind: 'reply', status: 200, body } });
      const names = expect.stringMatching(/^(ReplyLostError|ProviderProtocolError)$/);
      await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: names });
    },
  );

  it('is throttled by 429 and passes the hint on', async () => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 429, headers: { 'retry-after': '7' } } });
    const error = { name: 'ProviderThrottledError', retryAfterMs: 7_000 };
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject(error);
  });

  it('looks at a run that a human adopted by its id alone', async () => {
    const { session } = await setUp();
    const { remoteId } = await startAccepted(session);
    expect(await lookAt(session, remoteId)).toMatchObject({ kind: 'going' });
    expect(await lookAt(session, { remoteId })).toMatchObject({ kind: 'going' });
    await expect(lookAt(session, '../x')).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it('ends when the answer takes longer than the connection allows', async () => {
    const { session, simulator } = await setUp({ settings: { requestTimeout: '150ms' } });
    simulator.faults.add({ fault: { kind: 'hang' } });
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ReplyLostError' });
  }, 3_000);
});

describe('bryter output', () => {
  it('does not offer to fetch an output unless the connection says where it is', async () => {
    const { session } = await setUp();
    expect(session.fetchOutput).toBeUndefined();
  });

  it('reads the output values of a processing module where the pointer leads', async () => {
    const module = BRYTER_MODULES.calculation;
    const { session, pass } = await setUp({ module, settings: { outputPointer: '/data/outputs' } });
    const { handle } = await startAccepted(session, startRequest({ insured_sum: 1_000 }));
    pass(60_000);
    expect(await session.fetchOutput?.(handle, call)).toEqual({ files: [], value: { premium: 12.5, currency: 'EUR' } });
  });

  it('gives nothing when the pointer leads nowhere', async () => {
    const { session, pass } = await setUp({ settings: { outputPointer: '/data/outputs' } });
    const { handle } = await startAccepted(session);
    pass(60_000);
    expect(await session.fetchOutput?.(handle, call)).toEqual({ files: [] });
  });
});
