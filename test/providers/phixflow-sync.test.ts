import { describe, expect, it } from 'vitest';
import { PHIXFLOW_ENDPOINTS, PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { endpoint, JSON_TYPE, open, options, start, startAnswered } from '../helpers/phixflow.ts';

describe('a synchronous phixflow endpoint', () => {
  it('ends with the data of the named output', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.createOrder });
    expect(session.poll).toBeUndefined();
    await expect(start(session, { customer: 'C-17' })).resolves.toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'true' },
      output: { value: [{ orderId: '9001', customer: 'C-17' }], files: [] },
    });
  });

  it('gives the whole reply without a name, and finds a name at the pointers of the settings, escaped', async () => {
    const endpoints = [endpoint({ answer: () => ({ body: { data: { 'a/b~c': 7 } } }) })];
    const target = { application: 'App', endpoint: 'Endpoint', mode: 'sync' };
    const whole = await open({ platform: { endpoints }, target });
    await expect(start(whole.session)).resolves.toMatchObject({ output: { value: { data: { 'a/b~c': 7 } } } });
    const named = await open({
      platform: { endpoints },
      target: { ...target, outputName: 'a/b~c', settings: { outputPointers: ['/data/{outputName}'] } },
    });
    await expect(start(named.session)).resolves.toMatchObject({ output: { value: 7 } });
  });

  it('reads a named output that is not there as no output, never as another', async () => {
    const { session } = await open({ target: { ...PHIXFLOW_TARGETS.createOrder, outputName: 'Other' } });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' }, output: { files: [] } });
  });

  it('keeps whole numbers beyond 2^53 exact in an output', async () => {
    const body = '{"outputs":{"Result":9007199254740993}}';
    await expect(
      startAnswered({ mode: 'sync', outputName: 'Result' }, { status: 200, body, headers: JSON_TYPE }),
    ).resolves.toMatchObject({ output: { value: '9007199254740993' } });
  });

  it('gives a document as a file with its very bytes', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.printInvoice });
    const started = await start(session);
    const file = started.kind === 'ended' ? started.output?.files[0] : undefined;
    expect(file).toMatchObject({ name: 'reply.pdf', mediaType: 'application/pdf' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await file?.open(options())) ?? []) chunks.push(chunk);
    const expected = PHIXFLOW_ENDPOINTS.find(({ name }) => name === 'Print Invoice')?.answer({
      ...{ body: '', contentType: '', url: '', parameters: {} },
    }).body;
    expect(Buffer.concat(chunks).equals(Buffer.from(expected as Uint8Array))).toBe(true);
  });

  it('gives plain text as a value', async () => {
    const reply = { status: 200, body: 'Order 9001', headers: { 'content-type': 'text/plain' } };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED' },
      output: { value: 'Order 9001' },
    });
  });

  it('is not believed to be synchronous when it answers with a process id', async () => {
    const target = { ...PHIXFLOW_TARGETS.importOrders, mode: 'sync' };
    const { session } = await open({ target, settings: { timeoutMs: 500 } });
    await expect(start(session)).rejects.toMatchObject({
      name: 'ProviderProtocolError',
      message: expect.stringContaining('target.mode'),
    });
  });

  it('reads JSON under the type of plain text, because authors set types by hand', async () => {
    const reply = { status: 200, body: ' {"status":"Fail"}', headers: { 'content-type': 'text/plain' } };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
  });

  it('gives an HTML page as a file where the operator says that the endpoint writes pages', async () => {
    const reply = { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } };
    await expect(startAnswered({ mode: 'sync' }, reply, { htmlReplies: true })).resolves.toMatchObject({
      output: { files: [{ name: 'reply.html', mediaType: 'text/html' }] },
    });
  });

  it('takes 204 for a success without output', async () => {
    await expect(startAnswered({ mode: 'sync' }, { status: 204 })).resolves.toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED' },
    });
  });

  it.each([
    ['an HTML page', { 'content-type': 'text/html' }, '<!doctype html><p>Sign in</p>'],
    ['HTML that calls itself JSON', JSON_TYPE, '<html></html>'],
    ['HTML that calls itself text', { 'content-type': 'text/plain' }, '\n<!DOCTYPE html>'],
    ['half a JSON document', JSON_TYPE, '{"success":true,"outp'],
    ['null', JSON_TYPE, 'null'],
    ['UTF-16', JSON_TYPE, '{\u0000"\u0000'],
  ])('takes %s with 200 for a lost reply, because a proxy may have written it', async (_, headers, body) => {
    const lost = await startAnswered({ mode: 'sync' }, { status: 200, headers, body });
    expect(lost).toMatchObject({ name: 'ReplyLostError' });
  });

  it('hands a reply over that is larger than allowed as finished, with its output to be fetched by a human', async () => {
    const reply = { status: 200, headers: JSON_TYPE, body: JSON.stringify('x'.repeat(2_000)) };
    await expect(startAnswered({ mode: 'sync' }, reply, { maxReplyBytes: 1_024 })).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'FALLOUT', falloutReason: 'OUTPUT_TOO_LARGE' },
    });
  });

  it.each([
    ['a text', 'text/plain', 'all of it'],
    ['a number', 'application/json', '12345'],
    ['a document', 'application/pdf', '%PDF-1.7 whole'],
    ['nothing', 'application/json', ''],
  ])(
    'does not take %s for whole that ends with its connection, because torn it would look the same',
    async (_, type, text) => {
      const answer = () => ({ contentType: type, body: Buffer.from(text) });
      const platform = { endpoints: [endpoint({ answer })] };
      const { simulator, session } = await open({
        platform,
        target: { application: 'App', endpoint: 'Endpoint', mode: 'sync' },
      });
      await expect(start(session)).resolves.toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
      const bytes = Math.floor(text.length / 2);
      simulator.faults.add({ fault: { kind: 'cut-body', bytes, announceLength: false } });
      await expect(start(session)).rejects.toMatchObject({
        name: 'ReplyLostError',
        message: expect.stringContaining('does not say how long it is'),
      });
    },
  );

  it('takes a JSON object that ends with its connection for whole, because torn it could not be read', async () => {
    const { simulator, session } = await open({ target: PHIXFLOW_TARGETS.createOrder });
    simulator.faults.add({ fault: { kind: 'cut-body', bytes: 1_000, announceLength: false } });
    await expect(start(session)).resolves.toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
    simulator.faults.add({ fault: { kind: 'cut-body', bytes: 30, announceLength: false } });
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError' });
  });
});
