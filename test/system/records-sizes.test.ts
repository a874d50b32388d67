import {
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import { ENV } from '../../lib/contract.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { requestKeyId } from '../../lib/workflow/accept-run.ts';
import { seed } from '../helpers/random.ts';
import { type Interposed, startInterposed } from './interposed.ts';

const KIB = 1_024;
const MINUTE = 60_000;
const BIG_FLOW = '00000000-0000-4000-8000-000000000005';
const platforms = {
  'smart-flows': {
    scenarios: {
      [BIG_FLOW]: {
        displayName: 'Big',
        description: 'Takes what it is given and writes ten megabytes',
        input: 'any',
        steps: [{ state: 'Success', percentage: 100, message: 'Done' }],
        documents: [{ displayName: 'Report', contentType: 'application/pdf', size: 10_000_000 }],
      },
    },
  },
} as const;
const text = { type: 'text' } as const;
const flows = {
  raw: { connection: 'smart-flows', target: { flowId: BIG_FLOW }, rawBody: true },
  four: {
    connection: 'smart-flows',
    target: { flowId: BIG_FLOW, rootElement: 'Big' },
    parameters: { one: text, two: text, three: text, four: { ...text, sensitive: true } },
  },
  broken: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.brokenImport }, deadline: '2h' },
};

let errand: Interposed;
/** Of the largest item that anybody wrote, as the table counts: its JSON is longer than that. */
let largest = 0;
beforeAll(async () => {
  errand = await startInterposed(afterAll, { platforms, flows });
  errand.table.trouble = ({ operation, body }) => {
    if (operation === 'PutItem') largest = Math.max(largest, Buffer.byteLength(body));
    return undefined;
  };
}, 120_000);

const post = (flowId: string, body: unknown) =>
  fetch(new URL(`/v1/flows/${flowId}/runs`, errand.runtime.apiUrl), {
    method: 'POST',
    headers: { 'x-api-key': errand.key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const xmlOf = (bytes: number) => `<Big>x${'ä'.repeat((bytes - 12) / 2)}</Big>`;

describe('what is large', () => {
  it('is kept out of the table: no item is over 32 KiB, whatever was asked for and whatever came back', {
    timeout: 60_000,
  }, async () => {
    expect((await post('raw', { body: xmlOf(399 * KIB) })).status).toBe(413);
    expect((await post('raw', { body: xmlOf(401 * KIB) })).status).toBe(413);
    expect((await post('raw', { body: xmlOf(255 * KIB) })).status).toBe(202);
    const part = 'x'.repeat(63 * KIB);
    expect((await post('four', { parameters: { one: part, two: part, three: part, four: 'secret' } })).status).toBe(
      202,
    );
    const sizes = [399 * KIB, 401 * KIB, 1_023 * KIB];
    for (const bytes of sizes) await errand.requests.send({ flowId: 'raw', requestId: `${bytes}`, body: xmlOf(bytes) });
    await errand.requests.taken();
    await errand.advance(10 * MINUTE);
    const runs = await errand.runs();
    expect(runs.map(({ status }) => status)).toEqual(Array(5).fill('SUCCEEDED'));
    for (const { id } of runs) expect((await errand.api.output(id)).files[0]?.bytes).toBe(10_000_000);
    const sent = errand.fleet['smart-flows'].requests.map(({ body }) => Buffer.byteLength(body));
    expect(sent).toEqual(expect.arrayContaining([255 * KIB, ...sizes]));
    expect(largest).toBeGreaterThan(1_000);
    expect(largest).toBeLessThanOrEqual(32 * KIB);
  });

  it('never travels between states: each payload of each execution is within 4 KiB, also where a platform writes books', {
    timeout: 60_000,
  }, async () => {
    const { faults } = errand.fleet.invision;
    const book = { kind: 'reply', status: 500, body: '😀'.repeat(20_000) } as const;
    faults.add({ method: 'POST', path: 'invision', fault: { ...book, status: 429 }, times: 2 });
    faults.add({ method: 'GET', path: 'invision', fault: book, times: 3 });
    faults.add({ method: 'POST', path: 'invision', skip: 1, fault: { ...book, status: 400 } });
    await post('broken', {});
    await errand.advance(30 * MINUTE);
    await post('broken', {});
    await errand.advance(30 * MINUTE);
    const { environment } = errand.runtime;
    const sfn = new SFNClient({
      region: String(environment.AWS_REGION),
      endpoint: String(environment.AWS_ENDPOINT_URL_SFN),
    });
    const stateMachineArn = String(environment[ENV.stateMachine]).replace(/:live$/, '');
    const executions: ExecutionListItem[] = [];
    for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn }))
      executions.push(...(page.executions ?? []));
    expect(executions.length).toBeGreaterThanOrEqual(7);
    const payloads: string[] = [];
    for (const { executionArn } of executions) {
      const { events = [] } = await sfn.send(
        new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, maxResults: 1_000 }),
      );
      for (const { stateEnteredEventDetails, stateExitedEventDetails } of events)
        payloads.push(stateEnteredEventDetails?.input ?? stateExitedEventDetails?.output ?? '');
    }
    sfn.destroy();
    expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThanOrEqual(4_096);
    expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeGreaterThan(150);
  });
});

it(`makes of any idempotency key an id that is legal everywhere and its own (10,000 of them, seed ${seed})`, async () => {
  const vault = createInputVault({ rootKey: async () => Buffer.alloc(32, 7) });
  const arbitrary = fc.oneof(fc.string({ unit: 'binary', maxLength: 255 }), fc.string({ unit: 'grapheme' }));
  const keys = new Set(fc.sample(arbitrary, { numRuns: 12_000, seed }));
  // Lone halves of characters, and keys that differ in where their scope ends.
  for (let unit = 0; unit < 0x800; unit += 1) keys.add(String.fromCharCode(0xd8_00 + unit));
  expect(keys.size).toBeGreaterThan(10_000);
  const ids = await Promise.all([...keys].map((key) => requestKeyId(vault, ['queue', 'flow'], key)));
  expect(new Set(ids).size).toBe(keys.size);
  for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
  expect(await requestKeyId(vault, ['queue', 'a'], 'b"c')).not.toBe(await requestKeyId(vault, ['queue'], 'a","b"c'));
});
