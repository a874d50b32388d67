import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { createKey } from '../../lib/api/keys.ts';
import { parseIntakeEvent } from '../../lib/aws/intake.ts';
import { parseSecret } from '../../lib/aws/secret-value.ts';
import type { Json } from '../../lib/domain/json.ts';
import { parseQueueMessage, parseStart } from '../../lib/domain/queue-message.ts';
import { createScrubber } from '../../lib/domain/redact.ts';
import { parseJson } from '../../lib/http/json.ts';
import { readPointer } from '../../lib/http/json-pointer.ts';
import { buildUrl } from '../../lib/http/url.ts';
import { parseXml, writeXml } from '../../lib/http/xml.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { takeMessage } from '../../lib/workflow/take-message.ts';
import { session } from '../api/client.ts';
import { createWorld, testConfig } from '../helpers/world.ts';
import { realReplies } from './real-replies.ts';

/** Ways to reach a prototype with names alone. */
const POLLUTING = [
  '"__proto__":{"polluted":1}',
  '"__proto__":null',
  '"__proto__":"polluted"',
  '"\\u005f_proto__":{"polluted":1}',
  '"constructor":{"prototype":{"polluted":1}}',
  '"prototype":{"polluted":1}',
  '"toString":"polluted","valueOf":"polluted","hasOwnProperty":"polluted","then":"polluted","toJSON":"polluted"',
  '"a":{"__proto__":{"polluted":1}},"b":[{"__proto__":{"polluted":1}}]',
];

/** The document with these names in every one of its objects. */
const everywhere = (good: string, names: string) =>
  good.replaceAll(/\{(\s*\})?/g, (_, empty) => `{${names}${empty === undefined ? ',' : '}'}`);

const before = Object.getOwnPropertyDescriptors(Object.prototype);
const isOurs = (error: unknown) => {
  if (!(error instanceof Error) || !/^(InvalidInput|SecretUnavailable|Syntax|Provider|ReplyLost)/.test(error.name))
    throw error;
};
const attempt = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    isOurs(error);
    return undefined;
  }
};

describe('a name that reaches for a prototype changes nothing', () => {
  // Whoever adds to it throws. Frozen, it would also refuse names of its own to every other object.
  beforeAll(() => void Object.preventExtensions(Object.prototype));

  afterEach(() => {
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(before);
    expect(([] as { polluted?: unknown }).polluted).toBeUndefined();
  });

  afterAll(() => expect(Object.isExtensible(Object.prototype)).toBe(false));

  it.each(POLLUTING)('in a body of the API: %s', async (names) => {
    const config = testConfig({ parameters: { any: { type: 'json' } } });
    const { dependencies, store } = createWorld({ session, config });
    const { key } = await createKey(dependencies, 'test', { scopes: SCOPES });
    const app = createApi(dependencies, { environment: 'test' });
    const send = (method: string, path: string, body?: string) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      return app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
    };
    for (const body of ['{"parameters":{"any":{}}}', '{"parameters":{},"tags":{},"retry":{}}', '{}']) {
      const reply = await send('POST', '/v1/flows/onboard/runs', everywhere(body, names));
      expect([202, 400]).toContain(reply.status);
    }
    expect((await send('POST', '/v1/keys', everywhere('{"scopes":["runs:read"]}', names))).status).toBe(400);
    for (const run of store.all()) expect((await send('GET', `/v1/runs/${run.id}`)).status).toBe(200);
  });

  it.each([
    '__proto__[polluted]=1',
    '__proto__.polluted=1',
    'constructor[prototype][polluted]=1',
    'status=__proto__&__proto__=1',
  ])('in a query of the API: %s', async (query) => {
    const { dependencies } = createWorld({ session });
    const { key } = await createKey(dependencies, 'test', { scopes: SCOPES });
    const reply = await createApi(dependencies, { environment: 'test' }).request(`/v1/runs?${query}`, {
      headers: { 'x-api-key': key },
    });
    expect([200, 400]).toContain(reply.status);
  });

  it.each(POLLUTING)('in a message, a start by hand, a secret or the configuration: %s', async (names) => {
    const { dependencies } = createWorld({ session, config: testConfig({ parameters: { any: { type: 'json' } } }) });
    const message = everywhere('{"flowId":"onboard","parameters":{"any":{}},"tags":{}}', names);
    attempt(() => parseQueueMessage(message));
    attempt(() => parseStart(JSON.parse(message), 'input'));
    attempt(() => parseIntakeEvent(JSON.parse(everywhere('{"console":{"execution":"e","request":{}}}', names))));
    attempt(() => parseIntakeEvent(JSON.parse(everywhere('{"Records":[{"messageId":"m","body":"{}"}]}', names))));
    attempt(() => parseSecret('s', everywhere('{"apiKey":"k","more":{}}', names)));
    attempt(() =>
      checkConfig(
        JSON.parse(
          everywhere(
            '{"connections":{"c":{"provider":"bryter","settings":{}}},"flows":{"f":{"connection":"c","target":{},"parameters":{"p":{"type":"json","default":{}}}}}}',
            names,
          ),
        ),
      ),
    );
    expect(['accepted', 'parked']).toContain(
      (await takeMessage(dependencies, { messageId: 'm1', body: message })).kind,
    );
  });

  it.each(POLLUTING)('in a reply of any platform, and in what is made of it: %s', async (names) => {
    for (const { read, text } of await realReplies()) {
      const seen = await read({ text: everywhere(text, names) }).catch(isOurs);
      const kept = JSON.parse(JSON.stringify(seen ?? null)) as Json;
      // What merges without care is the next one to read it.
      Object.assign({}, kept, createScrubber(['secret']).json(kept));
      expect(JSON.stringify(kept)).not.toContain('"__proto__"');
    }
    const value = parseJson(`{${names}}`);
    for (const pointer of [
      '/__proto__/polluted',
      '/constructor/prototype',
      '/__proto__',
      '/hasOwnProperty/constructor',
    ])
      expect(readPointer(value, pointer)).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'as a name in XML, in a query or of an output: %s',
    (name) => {
      const document = parseXml(`<a ${name}="1"><${name} ${name}="2">x</${name}></a>`);
      expect(document.children[0]).toMatchObject({ name, text: 'x' });
      expect(Object.entries(document.attributes)).toEqual([[name, '1']]);
      expect(parseXml(writeXml('data', JSON.parse(`{"${name}":"x"}`))).children[0]).toMatchObject({ name, text: 'x' });
      expect(buildUrl('https://a.example', ['x'], JSON.parse(`{"${name}":"y"}`)).search).toBe(`?${name}=y`);
    },
  );
});
