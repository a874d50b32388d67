/** What lies in the table of parameters that are sensitive: nothing that can be read, and nothing that can be guessed. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApiKeyStore } from '../../lib/aws/dynamodb-api-key-store.ts';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { setUp } from '../api/client.ts';
import { startTable } from '../helpers/dynalite.ts';

const RUNS = 30;

const config = configSchema.parse({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: {
    pay: {
      connection: 'acme',
      target: {},
      parameters: {
        name: { type: 'text' },
        pin: { type: 'text', sensitive: true },
        owed: { type: 'json', sensitive: true },
      },
    },
  },
});

/** Four digits, of which anybody could try all. */
const pinOf = (index: number) => String(1_000 + ((index * 7_919) % 9_000));
const noteOf = (index: number) => `canary ${index} "äöü"/+&`;

/** The table after so many requests, under one root key or another. */
async function tableAfter(count: number, rootByte: number): Promise<string> {
  const table = await startTable();
  onTestFinished(() => table.close());
  const { call } = await setUp({
    config,
    using: {
      store: createRunStore({ ...table, clock: { now: () => Date.parse('2026-03-02T08:00:00Z') } }),
      keys: createApiKeyStore(table),
      vault: createInputVault({ rootKey: async () => Buffer.alloc(32, rootByte) }),
    },
  });
  for (let index = 0; index < count; index += 1) {
    const parameters = { name: `plain ${index}`, pin: pinOf(index), owed: { note: noteOf(index) } };
    const headers = { 'idempotency-key': `order-${index}` };
    expect((await call('POST', '/v1/flows/pay/runs', { parameters }, headers)).status).toBe(202);
  }
  return everythingIn(table);
}

async function everythingIn({ client, table }: Awaited<ReturnType<typeof startTable>>): Promise<string> {
  const pages: string[] = [];
  for (let from: Record<string, never> | undefined, isFirst = true; isFirst || from !== undefined; isFirst = false) {
    const page = await client.send(new ScanCommand({ TableName: table, ...(from && { ExclusiveStartKey: from }) }));
    pages.push(...(page.Items ?? []).map((item) => JSON.stringify(item)));
    from = page.LastEvaluatedKey as Record<string, never> | undefined;
  }
  return pages.join('\n');
}

/** What could be a hash or a key: long, and no word of ours. */
const tokensIn = (text: string) =>
  new Set([...text.matchAll(/[\w+/=-]{22,}/g)].map(([token]) => token).filter((token) => !/run_|nonce/.test(token)));

/** What the table would say to whoever unpacks it. */
function decoded(text: string): readonly string[] {
  const tokens = [...text.matchAll(/[\w+/=-]{12,}/g)].map(([token]) => token);
  const unpacked = tokens.flatMap((token) => [Buffer.from(token, 'base64'), Buffer.from(token, 'hex')]);
  return [...unpacked.map((bytes) => bytes.toString('utf8')), text.replaceAll('%20', ' '), text.replaceAll('+', ' ')];
}

describe('sensitive parameters in the table', () => {
  it(`are not to be read there in any spelling, after ${RUNS} runs, nor the caller’s own names for its requests`, async () => {
    const text = await tableAfter(RUNS, 7);
    expect(text).toContain(`plain ${RUNS - 1}`);
    const all = [text, ...decoded(text)].join('\n');
    for (let index = 0; index < RUNS; index += 1) {
      expect(all).not.toContain(`canary ${index} `);
      expect(all).not.toContain(`order-${index}"`);
      expect(all).not.toMatch(new RegExp(`[":]${pinOf(index)}\\b`));
    }
  });

  it('would be found in any spelling, so that finding none means something', () => {
    const bytes = Buffer.from(JSON.stringify({ note: noteOf(3) }));
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      expect(decoded(`{"S":"v1.${bytes.toString(encoding)}"}`).join('\n')).toContain('canary 3 ');
    expect(decoded(encodeURIComponent(noteOf(3))).join('\n')).toContain('canary 3 ');
  });

  it('cannot be found by trying all four digits: what is kept to know a request again needs our root key', async () => {
    const [ours, theirs] = [await tableAfter(5, 7), await tableAfter(5, 8)];
    const [mine, others] = [tokensIn(ours), tokensIn(theirs)];
    expect(mine.size).toBeGreaterThan(10);
    // The very same requests: whatever were the same in both would be made of the request alone.
    expect([...mine].filter((token) => others.has(token))).toEqual([]);
  });
});
