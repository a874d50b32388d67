import { describe, expect, it } from 'vitest';
import { flowSchema } from '../../lib/domain/config.ts';
import { smartFlows } from '../../lib/providers/smart-flows.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { API_KEY, begin, look, openWorld, options, startRequest } from '../helpers/smart-flows-world.ts';

describe('smart-flows start', () => {
  it('posts XML under the root element with the documented content type to the letter', async () => {
    const { simulator, open } = await openWorld();
    const started = await open().start(startRequest({ customer: 'Jane & Co', total: 12.5, urgent: true }), options);
    expect(started).toMatchObject({ kind: 'accepted', status: 'QUEUED', remoteStatus: 'Queued' });
    const [request] = simulator.requests;
    expect(request?.path).toBe(`/api/v1/flows/executions?flowId=${SMART_FLOWS.offer}`);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/xml; charset="utf-8"',
      'x-api-key': API_KEY,
    });
    expect(request?.body).toContain(
      '<Offer><customer>Jane &amp; Co</customer><total>12.5</total><urgent>true</urgent></Offer>',
    );
  });

  it('nests nested values, because datasets are trees', async () => {
    const { simulator, open } = await openWorld();
    await begin(open(), { customer: { name: 'Jane', tags: ['a', 'b'] } });
    expect(simulator.requests[0]?.body).toContain(
      '<Offer><customer><name>Jane</name><tags>a</tags><tags>b</tags></customer></Offer>',
    );
  });

  it('sends an empty body to a flow whose input type is none', async () => {
    const { simulator, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.heartbeat, rootElement: undefined } });
    await begin(session, {});
    expect(simulator.requests[0]?.body).toBe('');
  });

  it('sends the bare root element when every parameter was left out, since the flow still has a dataset', async () => {
    const { simulator, open } = await openWorld();
    await begin(open(), {});
    expect(simulator.requests[0]?.body).toMatch(/<Offer\/>$/);
  });

  it('passes a raw body on untouched', async () => {
    const { simulator, open } = await openWorld();
    const rawBody = '<?xml version="1.0"?>\n<Offer a="1"><x>é</x></Offer>';
    await open().start({ ...startRequest({}), rawBody }, options);
    expect(simulator.requests[0]?.body).toBe(rawBody);
  });

  it.each([
    ['unclosed tags', '<a><b></a>'],
    ['plain text', 'hello'],
    ['a DOCTYPE, which can name files and grow without end', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ])('refuses a raw body with %s before anything is sent', async (_, rawBody) => {
    const { simulator, open } = await openWorld();
    const start = open().start({ ...startRequest({}), rawBody }, options);
    await expect(start).rejects.toMatchObject({ name: 'InvalidInputError', issues: [{ path: 'body' }] });
    expect(simulator.requests).toEqual([]);
  });

  it('skips every question through the other start, whose parameter is `flow` and whose answer is an execution', async () => {
    const { simulator, advance, open } = await openWorld();
    const session = open({ settings: { startMode: 'skip-questions' }, target: { flowId: SMART_FLOWS.onboarding } });
    const handle = await begin(session);
    expect(simulator.requests[0]?.path).toBe(`/api/v1/flows/executions/start?flow=${SMART_FLOWS.onboarding}`);
    advance(10_000);
    expect(await look(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
  });

  it('takes a 500 as perhaps accepted, since the execution may exist', async () => {
    const { simulator, open } = await openWorld();
    simulator.faults.add({ method: 'POST', fault: { kind: 'reply-after', status: 500 } });
    await expect(begin(open())).rejects.toMatchObject({ name: 'ReplyLostError' });
  });

  it('takes a 500 as proof that nothing runs only where the operator says so', async () => {
    const { simulator, open } = await openWorld();
    simulator.faults.add({ method: 'POST', fault: { kind: 'reply', status: 500 } });
    const session = open({ settings: { serverErrorMeansNotAccepted: true } });
    await expect(begin(session)).rejects.toMatchObject({ name: 'RequestNotSentError' });
  });

  it('starts on a fresh connection, so that a stale one cannot leave the start in doubt', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    await look(session, await begin(session));
    expect(simulator.requests.map(({ headers }) => headers.connection)).toEqual(['close', 'keep-alive']);
  });

  it.each([
    ['HTML', '<html>Welcome</html>', 'ReplyLostError'],
    ['half a JSON', '{"id":"6a1c', 'ReplyLostError'],
    ['no id', '{"status":"Running"}', 'ProviderProtocolError'],
    ['an id of the wrong shape', '{"id":{},"status":"Running"}', 'ProviderProtocolError'],
  ])('takes a 200 with %s as perhaps accepted, never as refused', async (_, body, name) => {
    const { simulator, open } = await openWorld();
    simulator.faults.add({ method: 'POST', fault: { kind: 'reply-after', status: 200, body } });
    await expect(begin(open())).rejects.toMatchObject({ name });
  });

  it.each([
    ['data that the dataset does not take', { flowId: SMART_FLOWS.order }, 'ProviderRefusedError'],
    ['an unknown flow', { flowId: '00000000-0000-4000-8000-000000000000' }, 'ProviderRefusedError'],
  ])('takes a refusal of %s as proof that nothing runs', async (_, target, name) => {
    const { open } = await openWorld();
    await expect(begin(open({ target }))).rejects.toMatchObject({ name });
  });

  it('ends as FAILED where the platform accepts data of the wrong shape and fails later, the other unpublished way', async () => {
    const { advance, open } = await openWorld({ switches: { badInput: 'end-with-error' } });
    const session = open({ target: { flowId: SMART_FLOWS.order } });
    const handle = await begin(session);
    advance(1_000);
    expect(await look(session, handle)).toMatchObject({
      verdict: { status: 'FAILED', error: { message: expect.stringContaining('root element') } },
    });
  });

  it('reports a wrong key as unauthorised', async () => {
    const { open } = await openWorld();
    await expect(begin(open({ credentials: { apiKey: 'revoked' } }))).rejects.toMatchObject({
      name: 'ProviderUnauthorizedError',
    });
  });

  it('logs in for a token where the connection says jwt', async () => {
    const user = { username: 'errand', password: 'pass-word' };
    const { simulator, open } = await openWorld({ user });
    const session = open({ settings: { auth: 'jwt' }, credentials: { ...user, loginContext: 'native' } });
    await look(session, await begin(session));
    const paths = simulator.requests.map(({ path }) => path.split('?')[0]);
    expect(paths.filter((path) => path === '/api/v1/authenticate/login')).toHaveLength(1);
    expect(simulator.requests[0]?.body).toBe(JSON.stringify({ ...user, loginContext: 'native' }));
    expect(simulator.requests[1]?.headers.authorization).toMatch(/^Bearer /);
    expect(simulator.requests[1]?.headers['x-api-key']).toBeUndefined();
  });

  it('refuses a secret that does not fit the way of logging in', async () => {
    const { open } = await openWorld();
    expect(() => open({ settings: { auth: 'jwt' } })).toThrow(
      expect.objectContaining({ name: 'SecretUnavailableError', problem: 'malformed' }),
    );
  });
});

describe('smart-flows answer and cancel', () => {
  it('answers the form by its keys and reads what follows', async () => {
    const { simulator, advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.onboarding } });
    const handle = await begin(session);
    advance(60_000);
    const waiting = await look(session, handle);
    const schema = waiting.kind === 'waiting' ? (waiting.form?.schema as { properties: object }) : { properties: {} };
    const [city = ''] = Object.keys(schema.properties);
    expect(await session.answer?.(handle, { [city]: 'Gent' }, options)).toMatchObject({
      kind: 'going',
      remoteStatus: 'Running',
    });
    expect(simulator.requests.at(-1)).toMatchObject({ method: 'POST', body: JSON.stringify({ [city]: 'Gent' }) });
    advance(60_000);
    expect(await look(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
  });

  it('passes on that a value was refused', async () => {
    const { advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.onboarding } });
    const handle = await begin(session);
    advance(60_000);
    await expect(session.answer?.(handle, { nonsense: 1 }, options)).rejects.toMatchObject({
      name: 'ProviderRefusedError',
    });
  });

  it.each([
    ['both paths cancel', ['progress', 'execution'], 405],
    ['only the path of the client definition cancels', ['progress'], 405],
    ["only the guide's path cancels and the other is not allowed", ['execution'], 405],
    ["only the guide's path cancels and the other is not found", ['execution'], 404],
  ] as const)('cancels where %s, because definition and guide contradict each other', async (_, cancelPaths, other) => {
    const { simulator, advance, open } = await openWorld({ switches: { cancelPaths, otherCancelPath: other } });
    const session = open();
    const handle = await begin(session);
    expect(await session.cancel?.(handle, options)).toBe('confirmed');
    const calls = simulator.requests.slice(1).map(({ method }) => method);
    expect(calls).toEqual(cancelPaths[0] === 'progress' ? ['DELETE'] : ['DELETE', 'DELETE', 'GET']);
    advance(60_000);
    expect(await look(session, handle)).toMatchObject({ verdict: { status: 'CANCELED' } });
  });

  it('does not claim a cancellation of what had ended already', async () => {
    const { advance, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    advance(60_000);
    expect(await session.cancel?.(handle, options)).toBe('unconfirmed');
    expect(await look(session, handle)).toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});

describe('smart-flows configuration', () => {
  const settings = smartFlows.settings.parse({});

  it('asks for the root element when the flow has parameters, since XML needs one', () => {
    const target = smartFlows.target.parse({ flowId: 'f' });
    const flow = flowSchema.parse({ connection: 'c', target: { flowId: 'f' }, parameters: { city: { type: 'text' } } });
    expect(smartFlows.checkFlow?.(flow, settings, target)).toEqual([
      { path: 'target.rootElement', message: expect.stringContaining('required') },
    ]);
  });

  it('asks for names that XML elements can have', () => {
    const target = { flowId: 'f', rootElement: 'Root' };
    const parameters = { city: { type: 'text', apiName: 'the city' }, ok: { type: 'text' } };
    const flow = flowSchema.parse({ connection: 'c', target, parameters });
    expect(smartFlows.checkFlow?.(flow, settings, smartFlows.target.parse(target))).toMatchObject([
      { path: 'parameters.city.apiName' },
    ]);
    expect(smartFlows.target.safeParse({ flowId: 'f', rootElement: '1st' }).success).toBe(false);
  });

  it('refuses unknown keys and a long poll that would not end within one look', () => {
    expect(smartFlows.settings.safeParse({ colour: 'red' }).success).toBe(false);
    expect(smartFlows.settings.safeParse({ longPollSeconds: 30 }).success).toBe(false);
    expect(smartFlows.target.safeParse({ flowId: 'f', name: 'x' }).success).toBe(false);
    expect(smartFlows.credentials.safeParse({ apiKey: 'k', username: 'u' }).success).toBe(false);
  });
});
