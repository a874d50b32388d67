import { describe, expect, it } from 'vitest';
import { HandlerTimeoutError } from '../../lib/domain/errors.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { begin, look, openWorld, options, startRequest } from '../helpers/smart-flows-world.ts';

describe('smart-flows poll', () => {
  it('always says its timeout, because the platform holds a look for 30 s by default', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    await look(session, handle);
    await look(open({ settings: { noWaitTimeout: 0 } }), handle);
    const looks = simulator.requests.slice(1).map(({ path }) => path.split('?')[1]);
    expect(looks).toEqual(['timeout=-1', 'timeout=0']);
  });

  it('follows a flow from the queue to its end with percentage and message', async () => {
    const { advance, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    expect(await look(session, handle)).toEqual({
      kind: 'going',
      status: 'QUEUED',
      remoteStatus: 'Queued',
      progress: { percentage: 0, message: 'Queued' },
    });
    advance(1_000);
    expect(await look(session, handle)).toMatchObject({
      status: 'RUNNING',
      progress: { percentage: 60, message: 'Generating document' },
    });
    advance(1_500);
    expect(await look(session, handle)).toMatchObject({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'Success' },
    });
  });

  it('decides on the status, never on the percentage, which stays below 100 after an error', async () => {
    const { advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.invoice } });
    const handle = await begin(session);
    advance(60_000);
    const seen = await look(session, handle);
    expect(seen).toMatchObject({ kind: 'ended', progress: { percentage: 60 } });
    expect(seen).toMatchObject({
      verdict: {
        status: 'FAILED',
        remoteStatus: 'Error',
        error: {
          code: 'PROVIDER_FAILED',
          message: 'The flow ended with an error: The field "total" is missing in the dataset. (and 1 more)',
          details: [{ error: 'TemplateError', causes: ['No such field'] }, { error: 'FlowError' }],
        },
      },
    });
    expect(JSON.stringify(seen)).not.toContain('stackTrace');
  });

  it('goes on at 100 % as long as the status does', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    const body = JSON.stringify({ status: 'Running', percentage: 100 });
    simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body } });
    expect(await look(session, handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
  });

  it('caps what the platform says, because errors are stored and shown', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    const complaint = { error: 'E', message: 'x'.repeat(1_000), causes: Array(20).fill('y'.repeat(1_000)) };
    const progress = { status: 'Error', percentage: 250, message: 'm'.repeat(10_000) };
    const reply = (value: object) => ({ kind: 'reply', status: 200, body: JSON.stringify(value) }) as const;
    simulator.faults.add({ path: '/progress', fault: reply(progress) });
    simulator.faults.add({ fault: reply({ state: { errors: Array(50).fill(complaint) } }) });
    const seen = await look(session, handle);
    expect(seen).toMatchObject({ kind: 'ended', progress: { percentage: 100 } });
    expect(seen).toMatchObject({ verdict: { error: { details: { length: 10 } } } });
    expect(JSON.stringify(seen).length).toBeLessThan(40_000);
    expect(seen.progress?.message).toHaveLength(500);
  });

  it('keeps the verdict when the reasons cannot be read', async () => {
    const { simulator, advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.invoice } });
    const handle = await begin(session);
    advance(60_000);
    simulator.faults.add({ path: '/executions/[0-9a-f-]+$', fault: { kind: 'reply', status: 500 } });
    expect(await look(session, handle)).toMatchObject({
      verdict: { status: 'FAILED', error: { message: 'The flow ended with an error: Execution failed' } },
    });
  });

  it('does not take our own time limit for a missing reason', async () => {
    const { simulator, advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.invoice } });
    const handle = await begin(session);
    advance(60_000);
    simulator.faults.add({ path: '/executions/[0-9a-f-]+$', fault: { kind: 'hang' } });
    const abort = new AbortController();
    const seen = session.poll?.(handle, { signal: abort.signal });
    await expect.poll(() => simulator.requests.length).toBe(3);
    abort.abort(new HandlerTimeoutError('out of time'));
    await expect(seen).rejects.toMatchObject({ name: 'HandlerTimeoutError' });
  });

  it('knows Warning, a status that the older documents leave out, as success with warnings', async () => {
    const { advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.newsletter } });
    const handle = await begin(session);
    advance(60_000);
    expect(await look(session, handle)).toMatchObject({
      verdict: {
        status: 'SUCCEEDED_WITH_WARNINGS',
        error: { code: 'PROVIDER_WARNINGS', details: [{ message: 'The mail server refused the message.' }] },
      },
    });
  });

  it('reads Interrupted as timed out, because the platform stops what runs too long', async () => {
    const { advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.archive } });
    const handle = await begin(session);
    advance(60_000);
    expect(await look(session, handle)).toMatchObject({
      verdict: { status: 'TIMED_OUT', remoteStatus: 'Interrupted', error: { code: 'PROVIDER_INTERRUPTED' } },
    });
  });

  it.each(['Canceled', 'Cancelled'] as const)('accepts %s with one L and with two', async (canceledWord) => {
    const { advance, open } = await openWorld({ switches: { canceledWord } });
    const session = open({ target: { flowId: SMART_FLOWS.abandoned } });
    const handle = await begin(session);
    advance(60_000);
    expect(await look(session, handle)).toMatchObject({ verdict: { status: 'CANCELED', remoteStatus: canceledWord } });
  });

  it.each(['UserInput', 'User input'] as const)(
    'waits for a person whether it is spelled "%s" or not',
    async (inputWord) => {
      const { simulator, advance, open } = await openWorld({ switches: { inputWord } });
      const session = open({ target: { flowId: SMART_FLOWS.onboarding } });
      const handle = await begin(session);
      advance(60_000);
      const seen = await look(session, handle);
      expect(seen).toMatchObject({
        kind: 'waiting',
        remoteStatus: inputWord,
        url: `${simulator.origin}/client`,
        form: {
          schema: { properties: {} },
          model: {},
          form: [{ items: [{ title: 'City' }, { title: 'Start date' }] }],
        },
      });
    },
  );

  it('waits for a person who must select a flow', async () => {
    const { open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.chooser } });
    expect(await session.start(startRequest(), options)).toMatchObject({ status: 'WAITING_FOR_INPUT' });
  });

  it('waits for an outside event and goes on after the callback', async () => {
    const { simulator, advance, open } = await openWorld();
    const session = open({ target: { flowId: SMART_FLOWS.contract } });
    const handle = await begin(session);
    advance(86_400_000);
    expect(await look(session, handle)).toMatchObject({ kind: 'going', status: 'WAITING_FOR_EVENT' });
    const [job] = (await (await fetch(`${simulator.origin}/_simulator/jobs`)).json()) as { callbackId: string }[];
    await fetch(`${simulator.origin}/api/v1/flows/callback/${job?.callbackId}`, { method: 'POST', body: 'signed' });
    expect(await look(session, handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
  });

  it('builds the panel link from a template of the connection', async () => {
    const { simulator, advance, open } = await openWorld();
    const panelUrl = '/client/?executionId={executionId}';
    const session = open({ settings: { panelUrl }, target: { flowId: SMART_FLOWS.onboarding } });
    const started = await session.start(startRequest(), options);
    if (started.kind !== 'accepted') throw new Error('expected an accepted start');
    advance(60_000);
    const url = `${simulator.origin}/client/?executionId=${started.remoteId}`;
    expect(await look(session, started.handle)).toMatchObject({ url });
  });

  it.each([
    ['another host', 'https://elsewhere.example/client'],
    ['a script', 'javascript:alert(1)'],
  ])('drops a panel link to %s', async (_, panelUrl) => {
    const { advance, open } = await openWorld({ switches: { panelUrl } });
    const session = open({ target: { flowId: SMART_FLOWS.onboarding } });
    const handle = await begin(session);
    advance(60_000);
    expect(await look(session, handle)).not.toHaveProperty('url');
  });

  it('goes on at an unknown word, whatever its spelling, and never ends', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    for (const status of ['Paused', 'constructor', '__proto__', '', 'Successful', 'Error!', 'Done']) {
      const body = JSON.stringify({ status, percentage: 100 });
      simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body } });
      expect(await look(session, handle)).toMatchObject({
        kind: 'going',
        status: 'RUNNING',
        remoteStatus: status,
        unknownWord: true,
      });
    }
  });

  it('reads a known word in any case and spacing', async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body: '{"status":" SUCCESS "}' } });
    expect(await look(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
  });

  it.each(['null', '[]', '"Success"', '{}', '{"status":null}', '<html></html>', ''])(
    'makes no verdict of a 200 with %s',
    async (body) => {
      const { simulator, open } = await openWorld();
      const session = open();
      const handle = await begin(session);
      simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body } });
      await expect(look(session, handle)).rejects.toMatchObject({
        name: expect.stringMatching(/^(ReplyLost|ProviderProtocol)Error$/),
      });
    },
  );

  it("rejects another run's answer by the id it echoes", async () => {
    const { simulator, open } = await openWorld();
    const session = open();
    const handle = await begin(session);
    const body = '{"id":"6a1c2f5e-0b11-4f6f-8d5d-5f1d1d1a0c01","status":"Success"}';
    simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body } });
    await expect(look(session, handle)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it('says so when the clean-up has deleted the execution', async () => {
    const { open } = await openWorld();
    const session = open();
    await expect(look(session, 'ffffffff-0000-4000-8000-000000000000')).rejects.toMatchObject({
      name: 'RemoteNotFoundError',
    });
  });
});
