import { describe, expect, it } from 'vitest';
import { bryter } from '../../lib/providers/bryter.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { BRYTER_ENVELOPES } from '../../lib/simulators/bryter/request.ts';
import { API_KEY, MODULE, SESSION_ID, SESSIONS, setUp } from '../helpers/bryter.ts';
import { call, lookAt, startAccepted, startRequest } from '../helpers/calls.ts';

describe('bryter start', () => {
  it('sends no body but the documented content type when there are no parameters, and the key in the header only', async () => {
    const { session, simulator } = await setUp();
    const started = await startAccepted(session);
    expect(simulator.requests).toHaveLength(1);
    expect(simulator.requests[0]).toMatchObject({ method: 'POST', path: SESSIONS, body: '' });
    expect(simulator.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: `Bearer ${API_KEY}`,
    });
    expect(started).toMatchObject({ status: 'QUEUED', remoteStatus: 'created' });
    expect(started.remoteId).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(started.browserUrl).toBe(`${simulator.origin}/${MODULE}/sessions/${started.remoteId}`);
    expect(JSON.stringify(started.handle)).not.toContain(API_KEY);
  });

  it('sends an empty object instead of no body where the connection says so', async () => {
    const { session, simulator } = await setUp({ settings: { emptyBody: 'object' } });
    await startAccepted(session);
    expect(simulator.requests[0]?.body).toBe('{}');
  });

  it.each(BRYTER_ENVELOPES)(
    'wraps parameters as %s, since the shape around them is not documented',
    async (envelope) => {
      const { session, platform } = await setUp({ settings: { envelope }, envelopes: [envelope] });
      await startAccepted(
        session,
        startRequest({
          employee_name: 'Jane Roe',
          weekly_hours: 38.5,
          employee_start_date: '2026-09-09',
        }),
      );
      expect(platform.jobs()).toMatchObject([
        { parameters: { employee_name: 'Jane Roe', weekly_hours: 38.5, employee_start_date: '2026-09-09' } },
      ]);
    },
  );

  it('sends parameters flat by default', async () => {
    const { session, simulator } = await setUp();
    await startAccepted(session, startRequest({ employee_name: 'Jane Roe' }));
    expect(JSON.parse(simulator.requests[0]?.body ?? '')).toEqual({ employee_name: 'Jane Roe' });
  });

  it('sends the raw body of a flow as it is', async () => {
    const { session, simulator } = await setUp();
    await session.start(startRequest({}, '{ "employee_name": "Jane Roe" }'), call);
    expect(simulator.requests[0]?.body).toBe('{ "employee_name": "Jane Roe" }');
  });

  it('refuses a raw body that is not JSON before anything is sent', async () => {
    const { session, simulator } = await setUp();
    await expect(session.start(startRequest({}, '<a/>'), call)).rejects.toMatchObject({ name: 'ProviderRefusedError' });
    expect(simulator.requests).toHaveLength(0);
  });

  it.each(['body', 'location', 'links', 'browser-link'] as const)(
    'finds the session id in the reply when it is in: %s',
    async (idIn) => {
      const { session, platform } = await setUp({ idIn });
      const started = await startAccepted(session);
      expect(platform.jobs()).toMatchObject([{ id: started.remoteId }]);
      expect(await lookAt(session, started.handle)).toMatchObject({ kind: 'going', remoteStatus: 'created' });
    },
  );

  const BODIES = [
    { title: 'data.id before everything else', body: { data: { id: SESSION_ID, sessionId: 'b' }, id: 'c' } },
    { title: 'data.sessionId before id', body: { data: { id: '', sessionId: SESSION_ID }, id: 'c' } },
    { title: 'id before sessionId', body: { id: SESSION_ID, sessionId: 'd' } },
    { title: 'sessionId before links', body: { sessionId: SESSION_ID, links: { self: '/x/sessions/e' } } },
    {
      title: 'links.self before links.browser',
      body: { links: { self: `/x//y/sessions/${SESSION_ID}`, browser: '/z/sessions/f' } },
    },
    { title: 'an odd field beside it', body: { data: 7, id: null, links: { self: `/sessions/${SESSION_ID}` } } },
  ];
  it.each(BODIES)('takes the session id in the documented order: $title', async ({ body }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: JSON.stringify(body) } });
    expect(await startAccepted(session)).toMatchObject({ remoteId: SESSION_ID });
  });

  it('keeps an id that is a number beyond 2^53 exact', async () => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 201, body: '{"data":{"id":12345678901234567890}}' } });
    expect(await startAccepted(session)).toMatchObject({ remoteId: '12345678901234567890' });
  });

  it.each(['', '<html>', '{"data":{"id":', 'null', '[]'])(
    'takes the id from Location when the body is unusable (%j)',
    async (body) => {
      const { session, simulator } = await setUp();
      const headers = { location: `${SESSIONS}/${SESSION_ID}` };
      simulator.faults.add({ fault: { kind: 'reply', status: 201, body, headers } });
      expect(await startAccepted(session)).toMatchObject({ remoteId: SESSION_ID, status: 'QUEUED' });
    },
  );

  it.each([
    { title: 'no id anywhere', body: '{"data":{"state":"created"}}' },
    { title: 'a page of HTML', body: '<html>welcome</html>' },
    { title: 'a link to the collection', body: JSON.stringify({ links: { self: `${SESSIONS}/` } }) },
    { title: 'an id that climbs', body: '{"data":{"id":"../../keys"}}' },
  ])('calls a 2xx reply without a usable id perhaps accepted: $title', async ({ body }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply-after', status: 200, body } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
    expect(simulator.requests).toHaveLength(1);
  });

  const FAILURES = [
    { status: 400, error: { name: 'ProviderRefusedError', status: 400 } },
    { status: 413, error: { name: 'ProviderRefusedError' } },
    { status: 422, error: { name: 'ProviderRefusedError' } },
    { status: 403, error: { name: 'ProviderUnauthorizedError', disguised: false } },
    { status: 302, error: { name: 'ReplyLostError' } },
    { status: 500, error: { name: 'ReplyLostError', authSuspect: false } },
    { status: 503, error: { name: 'ReplyLostError' } },
  ];
  it.each(FAILURES)('says of a start answered with $status what is known: $error.name', async ({ status, error }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject(error);
    expect(simulator.requests).toHaveLength(1);
  });

  it('takes a 5xx as proof that nothing was accepted only on the word of the operator', async () => {
    const { session, simulator } = await setUp({ settings: { serverErrorMeansNotAccepted: true } });
    simulator.faults.add({ fault: { kind: 'reply', status: 502 } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({
      name: 'RequestNotSentError',
      status: 502,
    });
  });

  it.each([
    { headers: { 'retry-after': '3' }, retryAfterMs: 3_000 },
    { headers: {}, retryAfterMs: undefined },
  ])('is throttled by 429 with hint $retryAfterMs', async ({ headers, retryAfterMs }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 429, headers } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({
      name: 'ProviderThrottledError',
      retryAfterMs,
    });
  });

  it.each([
    { badKeyStatus: 404, disguised: true },
    { badKeyStatus: 401, disguised: false },
  ] as const)(
    'reads a bad key answered with $badKeyStatus as unauthorised, not as an unknown module',
    async (known) => {
      const { session, platform } = await setUp({ clientKey: 'wrong', badKeyStatus: known.badKeyStatus });
      const error = { name: 'ProviderUnauthorizedError', status: known.badKeyStatus, disguised: known.disguised };
      await expect(session.start(startRequest(), call)).rejects.toMatchObject(error);
      expect(platform.jobs()).toHaveLength(0);
    },
  );

  it('is refused by a platform that finds a parameter invalid', async () => {
    const { session, platform } = await setUp();
    const start = session.start(startRequest({ employee_start_date: '2026-02-30' }), call);
    await expect(start).rejects.toMatchObject({ name: 'ProviderRefusedError', status: 400 });
    expect(platform.jobs()).toHaveLength(0);
  });

  it.each(['reset-after', 'cut-body'] as const)('is lost, and sent once, when the reply ends in: %s', async (kind) => {
    const { session, simulator, platform } = await setUp();
    simulator.faults.add({ fault: kind === 'cut-body' ? { kind, bytes: 9 } : { kind } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(simulator.requests).toHaveLength(1);
    expect(platform.jobs()).toHaveLength(1);
  });

  it('was not sent when nobody listens', async () => {
    const { session, simulator } = await setUp();
    await simulator.close();
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'RequestNotSentError' });
  });

  it('ends in doubt when the answer takes longer than the connection allows', async () => {
    const { session, simulator, platform } = await setUp({ settings: { requestTimeout: '150ms' } });
    simulator.faults.add({ fault: { kind: 'hang-after' } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(platform.jobs()).toHaveLength(1);
  }, 3_000);

  it('uses a connection of its own, so that one gone stale cannot leave it in doubt', async () => {
    const { session, simulator } = await setUp();
    const { handle } = await startAccepted(session);
    await lookAt(session, handle);
    expect(simulator.requests.map(({ headers }) => headers.connection)).toEqual(['close', 'keep-alive']);
  });
});

describe('bryter configuration', () => {
  it('can neither cancel, nor answer by API, nor list sessions', async () => {
    const { session } = await setUp();
    expect([session.cancel, session.answer, session.find]).toEqual([undefined, undefined, undefined]);
  });

  it('has the defaults for what the documents leave open', () => {
    expect(bryter.settings.parse({})).toMatchObject({ envelope: 'flat', emptyBody: 'none', outputPointer: '' });
  });

  it('calls it a mistake to require an output that nobody knows where to find', () => {
    const config = (settings: object) => ({
      connections: { desk: { provider: 'bryter', baseUrl: 'https://acme.bryter.io', secret: 'desk', settings } },
      flows: { intake: { connection: 'desk', target: { publishedModuleId: MODULE }, outputRequired: true } },
    });
    const issues = [expect.objectContaining({ path: 'flows.intake.outputRequired' })];
    expect(() => checkConfig(config({}))).toThrow(expect.objectContaining({ issues }));
    expect(() => checkConfig(config({ outputPointer: '/data/outputs' }))).not.toThrow();
  });

  it.each([{ envelop: 'flat' }, { envelope: 'nested' }, { outputPointer: 'data/outputs' }, { outputPointer: '/a~2' }])(
    'refuses settings with a mistake (%j)',
    (settings) => {
      expect(bryter.settings.safeParse(settings).success).toBe(false);
    },
  );

  it.each(['', '.', '..', '%2e%2e', 'a/b', 'a\\b', 'a?b', 'a#b', 'a\tb', 'a\0b', 'ä', 'x'.repeat(129)])(
    'refuses the module id %j',
    (publishedModuleId) => {
      expect(bryter.target.safeParse({ publishedModuleId }).success).toBe(false);
    },
  );

  it.each(['', 'key\r\nX-Evil: 1', 'key\n', 'two words', 'schlüssel'])(
    'refuses the key %j without repeating it',
    (apiKey) => {
      const result = bryter.credentials.safeParse({ apiKey });
      expect(result.success).toBe(false);
      if (apiKey !== '')
        expect(JSON.stringify(result.error?.issues)).not.toContain(JSON.stringify(apiKey).slice(1, -1));
    },
  );
});
