import { gzipSync } from 'node:zlib';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/domain/json.ts';
import { toGatewayEvent } from '../../lib/local/gateway-event.ts';
import { testConfig } from '../helpers/world.ts';
import { type Client, setUp } from './client.ts';

const START = '/v1/flows/onboard/runs';
const MAX_BYTES = 262_144;
const open = () => setUp({ config: testConfig({ parameters: { any: { type: 'json' } } }) });

/** A start body of so many bytes, nearly all of them halves of an "ä". */
function bodyOf(bytes: number): string {
  const [before, after] = ['{"parameters":{"any":"', '"}}'];
  const rest = bytes - before.length - after.length;
  const text = `${before}${'ä'.repeat(Math.floor(rest / 2))}${rest % 2 === 0 ? '' : 'x'}${after}`;
  expect(Buffer.byteLength(text)).toBe(bytes);
  return text;
}

/** A start body with something at the given depth, and nothing deeper; the body itself is at 0. */
function nested(depth: number): string {
  return `{"parameters":{"any":${'['.repeat(depth - 2)}1${']'.repeat(depth - 2)}}}`;
}

const keyed = (count: number) =>
  `{"parameters":{"any":{${Array.from({ length: count - 2 }, (_, index) => `"k${index}":1`).join(',')}}}}`;

describe('the size of a body', () => {
  it.each([
    ['bytes, counted in UTF-8', bodyOf(MAX_BYTES), bodyOf(MAX_BYTES + 1), 413],
    ['levels', nested(32), nested(33), 400],
    ['fields', keyed(1_000), keyed(1_001), 400],
  ])('is limited to the very last of its %s', async (_, fits, tooMuch, status) => {
    const { call, world } = await open();
    expect((await call('POST', START, fits)).status).toBe(202);
    const refused = await call('POST', START, tooMuch);
    expect(refused.status).toBe(status);
    expect(refused.body.detail).toMatch(/262144 bytes|32 levels|1000 fields/);
    expect(world.store.all()).toHaveLength(1);
  });

  it('is measured before anything is parsed, so that broken megabytes are only too large', async () => {
    const { call } = await open();
    expect((await call('POST', START, '{'.repeat(MAX_BYTES + 1))).status).toBe(413);
    expect((await call('POST', START, '['.repeat(MAX_BYTES))).status).toBe(400);
  });
});

describe('the kind of a body', () => {
  const send = async (
    { app, key }: Client,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string>,
  ) => {
    const reply = await app.request(START, { method: 'POST', body, headers: { 'x-api-key': key, ...headers } });
    return { status: reply.status, body: (await reply.json()) as { code?: string; detail?: string } };
  };
  const json = '{"parameters":{}}';
  const zipped = new Uint8Array(gzipSync(json));

  it.each([
    ['a form', 'parameters=x', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', json, { 'content-type': 'text/plain' }],
    ['XML', '<x/>', { 'content-type': 'application/xml' }],
    ['something like JSON', json, { 'content-type': 'application/jsonp' }],
    ['what says it is compressed', zipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['bytes without a type', new TextEncoder().encode(json), {}],
  ])('must be JSON: %s is refused with the way out', async (_, body, headers) => {
    const answer = await send(await open(), body, headers);
    expect(answer.status).toBe(415);
    expect(answer.body.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(answer.body.detail).toMatch(/application\/json|Compressed/);
  });

  it.each([
    ['compressed without saying so', zipped],
    ['not UTF-8', Buffer.from('{"parameters":{"any":"\xe4"}}', 'latin1')],
    ['UTF-16', Buffer.from(json, 'utf16le')],
  ])('must be UTF-8: %s is no JSON', async (_, body) => {
    const answer = await send(await open(), new Uint8Array(body), { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF-8"'])(
    'may say more about its type: %s',
    async (type) => {
      expect((await send(await open(), json, { 'content-type': type })).status).toBe(202);
    },
  );
});

describe('behind the gateway', () => {
  const invoke = async (body: Buffer, contentType: string) => {
    const { app, key, world } = await open();
    const event = toGatewayEvent({
      method: 'POST',
      url: START,
      headers: { 'x-api-key': key, 'content-type': contentType, host: 'localhost' },
      body,
      sourceIp: '127.0.0.1',
      requestId: 'r',
      nowMs: world.now(),
    }) as { readonly [key: string]: Json };
    const respond = async (changed: object) => handle(app)({ ...event, ...changed } as unknown as LambdaEvent);
    return { respond, world };
  };

  it('reads a body that the gateway handed over in base64', async () => {
    const text = '{"parameters":{"any":"ä🦊"}}';
    const { respond, world } = await invoke(Buffer.from(text), 'application/json');
    const reply = await respond({ body: Buffer.from(text).toString('base64'), isBase64Encoded: true });
    expect(reply).toMatchObject({ statusCode: 202, isBase64Encoded: false });
    expect(world.store.all()[0]?.input.parameters).toEqual({ any: 'ä🦊' });
  });

  it('counts bytes of the body, not characters of its base64', async () => {
    for (const [bytes, statusCode] of [
      [MAX_BYTES, 202],
      [MAX_BYTES + 1, 413],
    ] as const) {
      const { respond } = await invoke(Buffer.from(bodyOf(bytes)), 'application/json');
      const body = Buffer.from(bodyOf(bytes)).toString('base64');
      expect(await respond({ body, isBase64Encoded: true })).toMatchObject({ statusCode });
      expect(await respond({})).toMatchObject({ statusCode });
    }
  });
});
