import { describe, expect, it } from 'vitest';
import { parseSecret } from '../../lib/aws/secret-value.ts';
import type { Json } from '../../lib/domain/json.ts';
import { parseQueueMessage } from '../../lib/domain/queue-message.ts';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { HttpClient } from '../../lib/http/http-client.ts';
import { parseJson } from '../../lib/http/json.ts';
import { selfReported } from '../../lib/providers/assist-edge/output.ts';
import { readSubmitReply } from '../../lib/providers/assist-edge/reply.ts';
import { readToken } from '../../lib/providers/assist-edge/token.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { documentsIn } from '../../lib/providers/smart-flows/output.ts';
import { unhurried } from '../contracts/provider/world.ts';
import { POLLED, type PolledVariant } from '../failure-modes/polled-platforms.ts';

/** Around every depth at which somebody who calls themselves gives up. */
const DEPTHS = [10, 100, 250, 260, 1_000, 1_600, 2_000, 2_400, 3_000, 5_000, 40_000];
const listed = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const named = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
/** What begins its failure message, and what is nested. */
const NESTED = DEPTHS.flatMap((depth) => [listed, named].map((nest) => [`${nest(1)} ${depth}`, nest(depth)] as const));

/** Every place of every platform at once where a reply may hold any JSON. */
const everywhere = (json: string) =>
  `{"data":{"state":"running","x":${json}},"status":"Running","x":${json},"schema":${json},"model":${json},"form":${json},"result":${json},"records":${json}}`;

function sessionOf({ definition, settings, target }: PolledVariant, text: string) {
  const send: HttpClient['send'] = async () => ({ status: 200, header: () => undefined, text });
  const http: HttpClient = { send, download: async () => Promise.reject(new Error('nothing is downloaded')) };
  const parsed = { settings: definition.settings.parse(settings ?? {}), target: definition.target.parse(target) };
  return definition.connect({ ...parsed, baseUrl: 'https://platform.example.com', http });
}

describe('a reply nested as deep as the platform likes', () => {
  it.each(POLLED)('is a look, or a look that told nothing; no depth is a crash: $name', async (variant) => {
    const { definition, target } = variant;
    const handle = definition.handleOf?.('V6c-8e2PTnKq1sX0bWm4Dg', definition.target.parse(target)) ?? null;
    for (const [which, json] of NESTED) {
      const session = sessionOf(variant, everywhere(json));
      const seen = await session.poll?.(handle, unhurried).then(
        (look) => {
          // As the record keeps it, and with the secrets taken out.
          createScrubber(['secret']).json(JSON.parse(JSON.stringify(look)));
          return look.kind;
        },
        (error: Error) => error.name,
      );
      expect([which, seen]).toEqual([which, expect.stringMatching(/^(going|ReplyLostError)$/)]);
    }
  });

  it('is an end or a lost reply where the start is the only call there is', () => {
    const rules = { isSync: true, outputApp: undefined, selfReportedFailure: true, expiryCodes: [] };
    for (const [which, json] of NESTED) {
      const report = `{"AutomationOutputData":[{"AppName":"x","CviewDictionary":${json}}],"ErrorDetailObject":[]}`;
      const text = `{"status":"success","transactionId":"1","error":${json},"response":{"response":${report}}}`;
      const read = () =>
        readSubmitReply(
          { status: 200, header: () => undefined, text },
          { ...rules, serverErrorMeansNotAccepted: false },
        );
      expect([which, nameOf(read)]).toEqual([which, expect.stringMatching(/^(none|ReplyLostError)$/)]);
    }
  });
});

describe('an object that cannot be made a text of', () => {
  const odd = '{"toString":"","valueOf":1}';

  it.each(POLLED)('is no id and no word, and no crash: $name', async (variant) => {
    const { definition, target } = variant;
    const handle = definition.handleOf?.('V6c-8e2PTnKq1sX0bWm4Dg', definition.target.parse(target)) ?? null;
    const ids = `"id":${odd},"runId":${odd},"processId":${odd}`;
    for (const text of [
      `{${ids},"status":"x","data":{"state":"x"}}`,
      `{"status":${odd},"data":{"state":${odd},"id":${odd}}}`,
    ]) {
      const seen = await sessionOf(variant, text)
        .poll?.(handle, unhurried)
        .then(
          ({ kind }) => kind,
          (error: Error) => error.name,
        );
      expect(seen).toMatch(/^(going|ProviderProtocolError)$/);
    }
  });

  it('is no failure that an automation reports of itself', () => {
    expect(selfReported([{ AppName: 'x', CviewDictionary: { IsError: JSON.parse(odd) } }])).toEqual([]);
    expect(selfReported([{ AppName: 'x', CviewDictionary: { IsError: true } }])).toHaveLength(1);
  });
});

describe('whatever else is nested as deep as its author likes', () => {
  it.each(NESTED)('is taken or refused with our own words: %s', (_which, json) => {
    const connections = { c: { provider: 'bryter', baseUrl: 'https://a.example', secret: 's' } };
    const parameters = { p: { type: 'json', default: JSON.parse(json) } };
    const flows = { f: { connection: 'c', target: { publishedModuleId: 'm' }, parameters } };
    const schedule = { cron: '0 6 * * *', parameters: { p: JSON.parse(json) } };
    const ours = /^(none|SyntaxError|InvalidInputError|SecretUnavailableError)$/;
    expect(nameOf(() => parseJson(json))).toMatch(ours);
    expect(nameOf(() => parseSecret('s', `{"a":${json}}`))).toMatch(ours);
    expect(nameOf(() => parseQueueMessage(`{"flowId":"f","parameters":{"p":${json}}}`))).toMatch(ours);
    expect(nameOf(() => checkConfig({ connections, flows }))).toMatch(ours);
    expect(nameOf(() => checkConfig({ connections, flows: { f: { ...flows.f, schedule } } }))).toMatch(ours);
    expect(nameOf(() => checkConfig({ connections: JSON.parse(json), flows: JSON.parse(json) }))).toMatch(ours);
  });

  it('is refused even where it has no end', () => {
    const loop: Record<string, unknown> = { connections: {}, flows: {} };
    loop.flows = { f: loop };
    expect(nameOf(() => checkConfig(loop))).toBe('InvalidInputError');
  });
});

describe('a reply as wide as its size allows', () => {
  const wide = (bytes: number, item: string) => `[${`${item},`.repeat(bytes / (item.length + 1))}0]`;
  /** A second, or on a slow machine twenty times what the language's own parser takes for as much. */
  const limitMs = Math.max(1_000, 20 * cpuMsOf(() => JSON.parse(wide(4_194_304, '{"a":1}'))));

  it.each(['0', '{"a":1}', '12345678901234567890', '{"__proto__":1}'])(
    'is parsed in a second, and in a time that grows with its size alone: four megabytes of %s',
    (item) => {
      const textOf = (bytes: number) => wide(bytes, item).replace(/0\]$/, '12345678901234567890]');
      const [whole, quarter] = [textOf(4_194_304), textOf(1_048_576)].map((text) => cpuMsOf(() => parseJson(text)));
      // Squared it would be sixteen times as much.
      expect(whole).toBeLessThan(8 * (quarter ?? 0) + 50);
      expect(whole).toBeLessThan(limitMs);
    },
  );

  it('is parsed to the last digit behind four million escapes', () => {
    const text = `["${'\\n'.repeat(4_000_000)}",12345678901234567890]`;
    expect(parseJson(text)).toEqual(['\n'.repeat(4_000_000), '12345678901234567890']);
  });

  it.each([' ', '"', "'", ' x'])('is searched for a token in less than a second: many of %j', (piece) => {
    const text = `${piece.repeat(131_072)}x${piece.repeat(131_072)}<`;
    expect(readToken(text)).toBeUndefined();
    expect(cpuMsOf(() => readToken(text))).toBeLessThan(limitMs);
  });

  it.each([262_144, 8_388_608])('is searched for documents without a crash: %i bytes', (bytes) => {
    const document = '{"type":"document","id":"d1"}';
    const model = parseJson(`{"a":${wide(bytes, '0')},"b":${document}}`) as Json;
    expect(documentsIn(model)).toEqual([{ id: 'd1' }]);
  });

  it('is looked at in less than a second by a platform that may answer with four megabytes', async () => {
    const variant = POLLED.find(({ name }) => name.startsWith('phixflow'));
    if (variant === undefined) throw new Error('no such platform');
    const session = sessionOf(variant, `{"status":"Running","x":${wide(4_194_304, '{"a":1}')}}`);
    const before = process.threadCpuUsage();
    const { definition, target } = variant;
    const handle = definition.handleOf?.('17', definition.target.parse(target)) ?? null;
    expect(await session.poll?.(handle, unhurried)).toMatchObject({ kind: 'going' });
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(limitMs);
  });
});

/** The least of three times. */
function cpuMsOf(work: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    work();
    return process.threadCpuUsage(before).user / 1_000;
  });
  return Math.min(...times);
}

/** Of the error that it throws. */
function nameOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : typeof error;
  }
}
