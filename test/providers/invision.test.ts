import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../lib/providers/config.ts';
import { invision } from '../../lib/providers/invision.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { call, lookAt, startAccepted, startRequest } from '../helpers/calls.ts';
import { API_KEY, FLOW, FLOW_PATH, setUp } from '../helpers/invision.ts';

describe('invision start', () => {
  it('sends the key in the header, never in the URL where logs would keep it, and no body', async () => {
    const { session, simulator } = await setUp();
    const started = await startAccepted(session);
    expect(simulator.requests).toMatchObject([{ method: 'POST', path: `${FLOW_PATH}/start`, body: '' }]);
    expect(simulator.requests[0]?.headers['x-api-key']).toBe(API_KEY);
    expect(simulator.requests[0]?.headers['content-length']).toBe('0');
    expect(started).toMatchObject({ status: 'QUEUED', remoteStatus: 'Pending' });
    expect(started.handle).toEqual({ dataFlowId: FLOW, remoteId: started.remoteId });
  });

  it('starts a flow whose id is a plain name, encoded once', async () => {
    const { session, simulator } = await setUp({ dataFlowId: INVISION_FLOWS.nightly });
    await startAccepted(session);
    expect(simulator.requests[0]?.path).toBe('/invision/api/pub/v1/dataflows/Nightly%20load/start');
  });

  it.each(['runId', 'RunId', 'RUNID', 'runid'] as const)(
    'reads field names whatever their case: %s',
    async (fieldCase) => {
      const { session } = await setUp({ fieldCase });
      const { handle } = await startAccepted(session);
      expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'QUEUED', remoteStatus: 'Pending' });
    },
  );

  it('keeps a run id that is a number beyond 2^53 exact', async () => {
    const { session, simulator } = await setUp();
    simulator.faults.add({
      fault: { kind: 'reply', status: 200, body: '{"runId":12345678901234567890,"status":"Pending"}' },
    });
    expect(await startAccepted(session)).toMatchObject({ remoteId: '12345678901234567890' });
  });

  it.each(['{"runId":"7"}', '{"runId":"7","status":null}'])(
    'keeps a run id that comes without a status: %s',
    async (body) => {
      const { session, simulator } = await setUp();
      simulator.faults.add({ fault: { kind: 'reply', status: 200, body } });
      expect(await startAccepted(session)).toMatchObject({ remoteId: '7', status: 'QUEUED' });
    },
  );

  const FAILURES = [
    { status: 400, error: { name: 'ProviderRefusedError' } },
    { status: 401, error: { name: 'ProviderUnauthorizedError', disguised: false } },
    { status: 403, error: { name: 'ProviderUnauthorizedError' } },
    { status: 404, error: { name: 'ProviderRefusedError' } },
    { status: 429, error: { name: 'ProviderThrottledError' } },
    { status: 500, error: { name: 'ReplyLostError', authSuspect: true } },
    { status: 502, error: { name: 'ReplyLostError', authSuspect: false } },
  ];
  it.each(FAILURES)('says of a start answered with $status what is known: $error.name', async ({ status, error }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject(error);
    expect(simulator.requests).toHaveLength(1);
  });

  it('leaves a start answered with 500 in doubt, whether or not the flow began', async () => {
    const { session, simulator, platform } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply-after', status: 500 } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({
      name: 'ReplyLostError',
      authSuspect: true,
    });
    expect(platform.jobs()).toHaveLength(1);
  });

  it('suspects the key behind a 500, since a bad key is not documented to get anything else', async () => {
    const { session, platform } = await setUp({ clientKey: 'wrong' });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({
      name: 'ReplyLostError',
      authSuspect: true,
    });
    expect(platform.jobs()).toHaveLength(0);
  });

  it('takes a 500 as proof that nothing was accepted only on the word of the operator', async () => {
    const { session, simulator } = await setUp({ settings: { serverErrorMeansNotAccepted: true } });
    simulator.faults.add({ fault: { kind: 'reply', status: 500 } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({
      name: 'RequestNotSentError',
      status: 500,
    });
  });

  it.each(['{"status":"Pending"}', '{"runId":"","status":"Running"}', '{"runId":"../x","status":"Pending"}'])(
    'calls a reply without a usable run id perhaps accepted: %s',
    async (body) => {
      const { session, simulator } = await setUp();
      simulator.faults.add({ fault: { kind: 'reply-after', status: 200, body } });
      await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
    },
  );

  it.each(['', '<html>', '{"runId":', 'null', '[]'])('calls an unreadable reply perhaps accepted: %j', async (body) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply-after', status: 200, body } });
    const name = expect.stringMatching(/^(ReplyLostError|ProviderProtocolError)$/);
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name });
    expect(simulator.requests).toHaveLength(1);
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

describe('invision arguments', () => {
  const settings = { argumentsShape: 'document' };
  const DOCUMENT = { globalArguments: { year: 2026 }, activitiesExecutionData: [], dataContext: '' };

  it('sends parameters as the documented argument document where the connection opts in', async () => {
    const { session, simulator, platform } = await setUp({ settings, acceptsArguments: true });
    await startAccepted(session, startRequest({ year: 2026 }));
    expect(JSON.parse(simulator.requests[0]?.body ?? '')).toEqual(DOCUMENT);
    expect(simulator.requests[0]?.headers['content-type']).toMatch(/^application\/json/);
    expect(platform.jobs()).toMatchObject([{ arguments: DOCUMENT }]);
  });

  it('sends the raw body of a flow as the whole document', async () => {
    const { session, simulator } = await setUp({ settings, acceptsArguments: true });
    await startAccepted(session, startRequest({}, JSON.stringify(DOCUMENT)));
    expect(simulator.requests[0]?.body).toBe(JSON.stringify(DOCUMENT));
  });

  it('sends no body without parameters, even then', async () => {
    const { session, simulator } = await setUp({ settings });
    await startAccepted(session);
    expect(simulator.requests[0]?.body).toBe('');
  });

  it('sends nothing at all when there are arguments and no opt-in', async () => {
    const { session, simulator } = await setUp();
    const start = session.start(startRequest({ year: 2026 }), call);
    await expect(start).rejects.toMatchObject({ name: 'ProviderRefusedError' });
    expect(simulator.requests).toHaveLength(0);
  });
});

describe('invision configuration', () => {
  const config = (flow: object, settings: object = {}) => ({
    connections: {
      plan: { provider: 'invision', baseUrl: 'https://plan.example.com/invision', secret: 'plan', settings },
    },
    flows: { forecast: { connection: 'plan', target: { dataFlowId: FLOW }, ...flow } },
  });

  it.each([
    { flow: { parameters: { year: { type: 'number' } } }, path: 'flows.forecast.parameters' },
    { flow: { rawBody: true }, path: 'flows.forecast.rawBody' },
    { flow: { outputRequired: true }, path: 'flows.forecast.outputRequired' },
  ])('calls it a mistake, named by its path: $path', ({ flow, path }) => {
    const issue = expect.objectContaining({ path });
    expect(() => checkConfig(config(flow))).toThrow(expect.objectContaining({ issues: [issue] }));
  });

  it('takes parameters on a connection that opted in to the argument document', () => {
    const flow = { parameters: { year: { type: 'number' } } };
    expect(() => checkConfig(config(flow, { argumentsShape: 'document' }))).not.toThrow();
  });

  it('can neither cancel, nor fetch an output, nor list runs', async () => {
    const { session } = await setUp();
    expect([session.cancel, session.fetchOutput, session.answer, session.find]).toEqual(Array(4).fill(undefined));
  });

  it.each(['', '.', '..', '%2e%2e', 'a/b', 'a\\b', 'a?b', 'a#b', 'a\tb', 'a\0b', ' a', 'a ', 'x'.repeat(129)])(
    'refuses the data flow id %j',
    (dataFlowId) => {
      expect(invision.target.safeParse({ dataFlowId }).success).toBe(false);
    },
  );

  it.each([FLOW, 'Nightly load', 'budget_2026.v2', 'Prognose Ø'])('takes the data flow id %j', (dataFlowId) => {
    expect(invision.target.safeParse({ dataFlowId }).success).toBe(true);
  });
});
