import { describe, expect, it } from 'vitest';
import { checkXml } from '../../lib/http/xml.ts';
import { openWorld, unhurried } from '../contracts/provider/world.ts';
import { seed, seeded } from '../helpers/random.ts';
import { serveHttp } from '../http/servers.ts';
import { goodWordOf, POLLED, type PolledVariant, polledWorld } from './polled-platforms.ts';

type Bytes = string | Uint8Array;

/** A good end as the platform writes it, so that whoever mends what is broken has a verdict. */
function goodDocument(variant: PolledVariant, remoteId: string): string {
  return JSON.stringify(variant.polling.body(goodWordOf(variant), remoteId));
}

/** What stands in the way of a platform: proxies, portals, caches, other encodings. */
function foreign(good: string): readonly Bytes[] {
  const page = (text: string) => `<!doctype html><html><head><title>Sign in</title></head><body>${text}</body></html>`;
  return [
    ...['', ' ', '\r\n\r\n', 'null', '[]', '{}', 'true', '7', '"completed"', '"Success"', `[${good}]`],
    ...[page('Accept our terms'), page(`<pre>${good}</pre>`), `\n\n  ${page(good)}`, `<!-- ${good} -->`],
    ...['<status>Success</status>', `<?xml version="1.0"?><status>Succeeded</status>`, '502 Bad Gateway', 'Success'],
    ...[`\ufeff${good}`, `\ufeff\ufeff${good}`, JSON.stringify(good), `callback(${good})`, `)]}',\n${good}`],
    ...[`${good}${good}`, `${good}\n${good}`, `${good},`, `data: ${good}\n\n`, `HTTP/1.1 200 OK\r\n\r\n${good}`],
    Buffer.from(good, 'utf16le'),
    Buffer.from(`\ufeff${good}`, 'utf16le'),
    Buffer.from(good, 'utf16le').swap16(),
    Buffer.concat([Buffer.from([0]), Buffer.from(good)]),
    Buffer.concat([Buffer.from(good), Buffer.from([0])]),
    Buffer.from(good).map((byte) => byte ^ 0x80),
  ];
}

/** The document with something wrong in it that no strict reader lets pass. */
function broken(good: string, random: () => number): readonly string[] {
  const at = () => Math.floor(random() * good.length);
  const inserted = [
    '\u0000',
    '\u0007',
    '"',
    "'",
    ',',
    '{',
    '}',
    '[',
    ':',
    '\\',
    '\u2028',
    '<',
    '&',
    '\ud800',
    '//',
    '/*',
  ];
  const cut = Array.from(good, (_, length) => good.slice(0, length));
  const without = Array.from(good, (_, place) => good.slice(0, place) + good.slice(place + 1));
  const more = Array.from({ length: 300 }, (_, index) => {
    const place = at();
    return good.slice(0, place) + (inserted[index % inserted.length] ?? '') + good.slice(place);
  });
  const loose = [
    ...[good.replaceAll('"', "'"), good.replaceAll('"', ''), good.replaceAll('"', '`'), good.replaceAll(':', '=')],
    ...[good.replaceAll('}', ',}'), good.replace('{', '{,'), good.replace('{', '{/* */'), good.replace('{', '{# a\n')],
    ...[good.replace(/"([^"]+)":/, '$1:'), good.replace(/"([^"]+)":/, '"$1"'), good.replaceAll('{', '('), `+${good}`],
    ...[good.replace('{', '{"n":NaN,'), good.replace('{', '{"n":Infinity,'), good.replace('{', '{"n":01,')],
    ...[good.replace('{', '{"n":0x1,'), good.replace('{', '{"n":.5,'), good.replace('{', '{"n":undefined,')],
    ...[good.replace('{', '{"n":"\t",'), good.replace('{', '{"n":"\\x41",'), good.replace('{', '{"n":tru,')],
    ...['['.repeat(50_000), '{"a":'.repeat(50_000), `${'['.repeat(90_000)}${good}`],
  ];
  return [...cut, ...without, ...more, ...loose].filter((text) => !isJson(text));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a reply of 200 that is not what its platform says', () => {
  it.each(POLLED)(
    `is no verdict and takes no time, in any of 200 ways and more (seed ${seed}): $name`,
    async (variant) => {
      let body: Bytes = '';
      await using server = await serveHttp((_request, response) => response.end(body));
      await using platform = await openWorld(variant);
      const started = await startedAt(platform, variant);
      const session = platform.open({ origin: server.origin });
      const good = goodDocument(variant, started.remoteId);
      const corpus: readonly Bytes[] = [...foreign(good), ...broken(good, seeded(seed))];
      expect(corpus.length).toBeGreaterThanOrEqual(200);
      const believed: Bytes[] = [];
      let slowestMs = 0;
      for (body of corpus) {
        const begun = performance.now();
        const failure = await session.poll?.(started.handle, unhurried).then(
          () => 'believed',
          (error: Error) => error.name,
        );
        slowestMs = Math.max(slowestMs, performance.now() - begun);
        if (failure !== 'ReplyLostError' && failure !== 'ProviderProtocolError') believed.push(body);
      }
      expect(believed).toEqual([]);
      expect(slowestMs).toBeLessThan(1_000);
      // The same server with the document as it should be.
      body = good;
      expect(await session.poll?.(started.handle, unhurried)).toMatchObject({ kind: 'ended' });
    },
  );

  it.each(POLLED)('is a look that told nothing, after which the run goes on: $name', async (variant) => {
    const { world, simulator, starts, finish } = await polledWorld(variant);
    const texts = foreign('{"data":{"state":"completed"},"status":"Success","runId":"x"}').filter(
      (text) => typeof text === 'string',
    );
    for (const body of texts) simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body } });
    const run = await finish();
    expect(run.status).toBe('SUCCEEDED');
    const troubles = (await world.store.events(run.id)).filter(({ type }) => type === 'trouble');
    expect(troubles).toHaveLength(texts.length);
    expect(starts()).toBe(1);
  });
});

async function startedAt(platform: Awaited<ReturnType<typeof openWorld>>, variant: PolledVariant) {
  const ids = { runId: 'run_01KB0000000000000000000000', attempt: 1, correlation: 'run_01KB-a1' };
  const request = { ...ids, parameters: variant.parameters, remainingMs: 1_000 };
  const started = await platform.session.start(request, unhurried);
  if (started.kind !== 'accepted') throw new Error('the start has ended the run');
  return { handle: started.handle, remoteId: started.remoteId };
}

describe('a document of XML that is broken', () => {
  const good =
    '<?xml version="1.0" encoding="UTF-8"?>\n<run id="7" kind="a"><status>Success</status><parts><part>1</part><part/></parts></run>';
  const tags = good.match(/<[^>?]+>/g) ?? [];

  const corpus = [
    ...Array.from(good, (_, length) => good.slice(0, length)),
    // Nowhere in a document may one more of these stand.
    ...Array.from(good, (_, place) => `${good.slice(0, place)}<${good.slice(place)}`),
    ...tags.map((tag) => good.replace(tag, tag.slice(0, -1))),
    ...['plain text', 'hello', '<a><b></a>', '<a></b>', '<A></a>', '<a/><b/>', '<a', '<a b></a>', '<a b=c></a>'],
    ...['<a b="1" b="2"/>', '<a>&nope;</a>', '<a>&</a>', '<a>\u0001</a>', '<a><![CDATA[</a>', '<a>]]></a>', '<!-- a'],
    ...['<html><body><br></body></html>', '<p>one<p>two', '<1/>', '< a/>', '<a "b"/>', '<?xml version="1.0"?>', '{}'],
    ...['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<a>'.repeat(10_000), '<a/>text', 'text<a/>', '<a:b:c/>&#0;'],
  ];

  it(`is refused and takes no time, in each of ${corpus.length} ways`, () => {
    expect(corpus.length).toBeGreaterThanOrEqual(200);
    expect(checkXml(good)).toEqual([]);
    const begun = performance.now();
    expect(corpus.filter((text) => checkXml(text).length === 0)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
