import { describe, expect, it } from 'vitest';
import { phixflow } from '../../lib/providers/phixflow.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { handleOf, JSON_TYPE, open, options, start, startAnswered, TOKEN, TRIGGER } from '../helpers/phixflow.ts';
import { openSession } from '../helpers/session.ts';

describe('an asynchronous phixflow endpoint', () => {
  it('is accepted with its process id, runs, succeeds, and has its output in the last status reply', async () => {
    const { session, clock } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const started = await start(session, { region: 'EU' });
    expect(started).toEqual({
      kind: 'accepted',
      handle: { application: 'Orders', endpoint: 'Import Orders', remoteId: '12345' },
      remoteId: '12345',
      status: 'RUNNING',
    });
    const handle = handleOf(started);
    expect(await session.poll?.(handle, options())).toEqual({
      kind: 'going',
      status: 'RUNNING',
      remoteStatus: 'Running',
    });
    clock.ms += 3_000;
    expect(await session.poll?.(handle, options())).toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'Success' },
    });
    expect(await session.fetchOutput?.(handle, options())).toEqual({ value: { orders: 42, region: 'EU' }, files: [] });
  });

  it('fails with the words of its author', async () => {
    const { session, clock } = await open({ target: PHIXFLOW_TARGETS.closeLedger });
    const handle = handleOf(await start(session));
    clock.ms += 2_000;
    expect(await session.poll?.(handle, options())).toMatchObject({
      kind: 'ended',
      verdict: { status: 'FAILED', remoteStatus: 'Fail', error: { message: 'The ledger has open items.' } },
    });
  });

  it('may be done within its 500 ms and answer with its result instead of a process id: a finished run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.lookUpPrice });
    await expect(start(session)).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED' },
      output: { value: 12.5 },
    });
  });

  it('may answer with a document instead of a process id: a finished run too', async () => {
    const reply = { status: 200, body: '%PDF-1.7', headers: { 'content-type': 'application/pdf' } };
    const target = { endpoint: 'Import Orders', mode: 'async' };
    await expect(startAnswered(target, reply)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED' },
      output: { files: [{ name: 'reply.pdf' }] },
    });
  });

  it('answers with its result after a longer wait too, when the timeout in the URL allows it', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.importOrders, settings: { timeoutMs: 4_000 } });
    await expect(start(session)).resolves.toMatchObject({ kind: 'ended', output: { value: { orders: 42 } } });
  });

  it.each([
    ['a number', 'number'],
    ['text', 'string'],
    ['nested', 'nested'],
    ['a plain id', 'id'],
  ] as const)('takes a process id that is %s as text', async (_, processIdShape) => {
    const { session, simulator } = await open({ platform: { processIdShape }, target: PHIXFLOW_TARGETS.importOrders });
    const handle = handleOf(await start(session));
    expect(handle).toMatchObject({ remoteId: '12345' });
    await session.poll?.(handle, options());
    expect(simulator.requests[1]?.path).toBe(`${TRIGGER}/Orders/Import%20Orders/status/12345`);
  });

  it.each(['number', 'string'] as const)(
    'keeps a process id beyond 2^53 exact when it comes as a %s',
    async (shape) => {
      const { session } = await open({
        platform: { processIdShape: shape, firstProcessId: '12345678901234567891' },
        target: PHIXFLOW_TARGETS.importOrders,
      });
      const handle = handleOf(await start(session));
      expect(handle).toMatchObject({ remoteId: '12345678901234567891' });
      await expect(session.poll?.(handle, options())).resolves.toMatchObject({ kind: 'going' });
    },
  );

  it('takes 202 with a process id like 200', async () => {
    const { session } = await open({ platform: { acceptStatus: 202 }, target: PHIXFLOW_TARGETS.importOrders });
    await expect(start(session)).resolves.toMatchObject({ kind: 'accepted', remoteId: '12345' });
  });

  it.each([
    ['202 and no process id', 202, '{}'],
    ['nothing at all', 200, ''],
    ['a running word and no process id', 200, '{"status":"Running"}'],
    ['an unknown word and no process id', 200, '{"status":"Spooling"}'],
    ['an object for an id', 200, '{"processId":{"a":1}}'],
    ['a broken number for an id', 200, '{"processId":1.5}'],
    ['an id that would climb out of the path', 200, '{"processId":".."}'],
    ['an id with a line break', 200, '{"processId":"1\\n2"}'],
    ['a JSON string', 200, '"ok"'],
    ['half a document', 200, '{"processId":'],
    ['an HTML page', 200, '<html>'],
    ['null', 200, 'null'],
  ])('is in doubt, never refused and never sent again, when the reply has %s', async (_, status, body) => {
    const target = { endpoint: 'Import Orders', mode: 'async' };
    const result = await startAnswered(target, { status, body, headers: JSON_TYPE });
    expect(['ReplyLostError', 'ProviderProtocolError']).toContain((result as Error).name);
  });

  it.each<[string, FaultRule['fault']]>([
    ['is reset after the endpoint began', { kind: 'reset-after' }],
    ['breaks off in the body', { kind: 'cut-body', bytes: 5 }],
    ['is a 500', { kind: 'reply-after', status: 500 }],
  ])('is in doubt when the reply to its start %s', async (_, fault) => {
    const { simulator, session, jobs } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    simulator.faults.add({ fault });
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(jobs()).toHaveLength(1);
    expect(simulator.requests).toHaveLength(1);
  });
});

describe('the handle of a phixflow run', () => {
  it('leads to the endpoint that was started, whatever the flow says by now', async () => {
    const { session, simulator } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const handle = handleOf(await start(session));
    const baseUrl = `${simulator.origin}/phixflow`;
    const credentials = { apiKey: TOKEN };
    const later = openSession(phixflow, { baseUrl, credentials, target: PHIXFLOW_TARGETS.closeLedger });
    await expect(later.poll?.(handle, options())).resolves.toMatchObject({ kind: 'going' });
  });

  it('may be the process id alone, as when a human adopts a run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    await start(session);
    await expect(session.poll?.('12345', options())).resolves.toMatchObject({ kind: 'going' });
    await expect(session.poll?.({ nothing: 1 }, options())).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });
});

describe('fire-and-forget', () => {
  const target = { ...PHIXFLOW_TARGETS.importOrders, settings: { poll: false } };

  it('is handed off, never called a success, and offers no status call', async () => {
    const { session } = await open({ target });
    expect(session.poll).toBeUndefined();
    expect(session.fetchOutput).toBeUndefined();
    await expect(start(session)).resolves.toEqual({
      kind: 'ended',
      remoteId: '12345',
      verdict: { status: 'HANDED_OFF' },
    });
  });

  it('needs no process id', async () => {
    await expect(startAnswered(target, { status: 202 })).resolves.toMatchObject({ verdict: { status: 'HANDED_OFF' } });
  });
});

describe('a phixflow endpoint that the operator declares idempotent', () => {
  const settings = { endpointIdempotent: true };

  it('may be started again after a lost answer, and the simulated author recognises the repeat', async () => {
    const { simulator, session, jobs } = await open({ target: PHIXFLOW_TARGETS.createOrder, settings });
    simulator.faults.add({ fault: { kind: 'reset-after' } });
    const parameters = { correlation: 'run_1-1' };
    await expect(start(session, parameters)).rejects.toMatchObject({
      name: 'ReplyLostError',
      repeatable: true,
    });
    await expect(start(session, parameters)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(jobs()).toHaveLength(1);
  });

  it.each([
    ['no process id', { status: 200, body: '{"processId":""}', headers: { 'content-type': 'application/json' } }, {}],
    ['503 and a time', { status: 503, headers: { 'retry-after': '120' } }, { status: 503, retryAfterMs: 120_000 }],
  ])('may be started again after an answer with %s', async (_title, reply, details) => {
    const failure = await startAnswered({ mode: 'async' }, reply, settings);
    expect(failure).toMatchObject({ name: 'ReplyLostError', repeatable: true, ...details });
  });

  it('is not said to have been given what the operator says that it was not', async () => {
    const vouched = { ...settings, serverErrorMeansNotAccepted: true };
    const failure = await startAnswered({ mode: 'async' }, { status: 503, headers: { 'retry-after': '120' } }, vouched);
    expect(failure).toMatchObject({ name: 'RequestNotSentError', retryAfterMs: 120_000 });
  });

  it('keeps every other answer as it is', async () => {
    const refused = await startAnswered({ mode: 'sync' }, { status: 422 }, settings);
    expect(refused).toMatchObject({ name: 'ProviderRefusedError' });
  });

  it('offers no list of runs: an empty one would be a lie', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.createOrder, settings });
    expect(session.find).toBeUndefined();
    expect(session.cancel).toBeUndefined();
  });
});
