/** One Errand in which every placement is played, and every door is knocked at with what must not come out. */
import { FUNCTIONS } from '../../lib/contract.ts';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import { createRequests } from '../system/requests.ts';
import { startVirtualErrand, type VirtualErrand } from '../system/virtual-errand.ts';
import { CANARIES, KEYS, SECRETS, SENSITIVE } from './canaries.ts';
import { echoOf } from './encodings.ts';
import type { Placement } from './placement.ts';
import { CONCURRENT, ONE_BY_ONE, PLACEMENTS } from './placements.ts';

const MINUTE = 60_000;

/** Keys that cannot be sent: each a connection and a flow of its own. */
const BROKEN = ['line-break', 'misnamed'] as const;
const NOWHERE = 'http://127.0.0.1:1';
const brokenConnections = Object.fromEntries(
  BROKEN.map((id) => [id, { provider: 'bryter', baseUrl: NOWHERE, secret: `errand/${id}` }]),
);
const brokenFlows = BROKEN.map((id) => [id, { connection: id, target: { publishedModuleId: id }, deadline: '5m' }]);

export interface Played {
  readonly errand: VirtualErrand;
  /** Of each placement, as the API shows it in the end. */
  readonly runs: ReadonlyMap<string, { readonly id: string; readonly status: Status }>;
  readonly runIds: readonly string[];
  readonly call: Call;
  readonly refusals: readonly string[];
  readonly thrown: readonly string[];
  readonly canaries: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export type Call = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

function callsOf({ runtime, key }: VirtualErrand): Call {
  return async (path, body, headers = {}) => {
    const reply = await fetch(new URL(path, runtime.apiUrl), {
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: reply.status,
      text: `${reply.status} ${JSON.stringify([...reply.headers])} ${await reply.text()}`,
    };
  };
}

async function begin(call: Call, flowId: string, input: unknown): Promise<string> {
  const { status, text } = await call(`/v1/flows/${flowId}/runs`, input);
  const id = /"id":"(run_\w+)"/.exec(text)?.[1];
  if (status !== 202 || id === undefined) throw new Error(`${flowId} was not started: ${text.slice(0, 500)}`);
  return id;
}

function prepare({ fleet }: VirtualErrand, { platform, rules }: Placement): void {
  for (const rule of rules) fleet[platform].faults.add(rule);
}

/** Everything that the API has to refuse, with what it must not repeat. */
async function knock(call: Call, runIds: readonly string[], key: string): Promise<readonly string[]> {
  const path = '/v1/flows/refusal-text/runs';
  const all = echoOf([...Object.values(KEYS), SENSITIVE.email]);
  const parameters = { ...SENSITIVE };
  const idempotent = { 'idempotency-key': 'the-same' };
  const replies = [
    await call(path, { parameters: { ...parameters, email: SENSITIVE.note } }),
    await call(path, { parameters: { ...parameters, number: SENSITIVE.email } }),
    await call(path, { parameters: { ...parameters, account: 7, note: [SENSITIVE.note] } }),
    await call(path, `{"parameters":{"email":"${SENSITIVE.email}",}}`),
    await call(path, SENSITIVE.email),
    await call(path, { parameters: { note: `${SENSITIVE.note} ${'x'.repeat(300_000)}` } }),
    await call(path, { parameters }, { 'content-type': `text/${KEYS.bryterKey}` }),
    await call(path, { parameters }, { 'x-api-key': `${key}x` }),
    await call(path, { parameters }, { 'x-api-key': KEYS.bryterKey }),
    await call(path, { parameters, timeoutMs: all }),
    await call(path, { parameters }, idempotent),
    await call(path, { parameters: { ...parameters, email: 'another@example.com' } }, idempotent),
    await call(`/v1/runs/${runIds[0]}/resolve`, { decision: 'adopt', remoteId: `${KEYS.bryterKey}/../`, reason: 'x' }),
    await call(`/v1/runs/${runIds[0]}/input`, { values: { code: CANARIES.answer } }),
    await call(`/v1/runs/${runIds[0]}/rerun`, {}),
    await call('/v1/keys', { scopes: [KEYS.bryterKey] }),
  ];
  return replies.map(({ text }) => text);
}

/** Messages that no repetition makes acceptable. */
const POISON: readonly unknown[] = [
  { flowId: 'refusal-text', parameters: { email: SENSITIVE.note, number: SENSITIVE.email } },
  { flowId: 'refusal-text', parameters: { ...SENSITIVE }, timeoutMs: KEYS.bryterKey },
  { flowId: 'refusal-text', parameters: SENSITIVE.note },
  `{"flowId":"refusal-text","parameters":{"email":"${SENSITIVE.email}"`,
  echoOf([SENSITIVE.email, KEYS.smartFlowsKey]),
];

/** Functions called with what is no event of theirs: what they throw goes into a log and a history. */
async function misuse({ runtime }: VirtualErrand): Promise<readonly string[]> {
  const text = echoOf([KEYS.bryterKey, SENSITIVE.email]);
  const payload = {
    runId: text,
    lap: KEYS.bryterKey,
    Records: [{ body: text, messageId: 'message-1' }],
    [KEYS.invisionKey]: text,
  };

  const results = await Promise.all(FUNCTIONS.map((name) => runtime.invoke(name, payload)));
  return results.map((result) => JSON.stringify(result));
}

async function inTheEnd(call: Call, id: string): Promise<{ readonly id: string; readonly status: Status }> {
  const { text } = await call(`/v1/runs/${id}`);
  return { id, status: (/"status":"(\w+)"/.exec(text)?.[1] ?? text) as Status };
}

export async function play(cleanUp: (task: () => Promise<void>) => void): Promise<Played> {
  const flows = Object.fromEntries([...PLACEMENTS.map(({ id, flow }) => [id, flow]), ...brokenFlows]);
  const errand = await startVirtualErrand(cleanUp, { flows, secrets: SECRETS, connections: brokenConnections });
  const call = callsOf(errand);
  const started = new Map<string, string>();
  for (const placement of CONCURRENT) prepare(errand, placement);
  for (const { id, input } of CONCURRENT) started.set(id, await begin(call, id, input));
  for (const id of BROKEN) started.set(id, await begin(call, id, {}));
  const requests = createRequests(cleanUp, errand.runtime.environment);
  for (const message of POISON) await requests.send(message);
  await errand.advance(MINUTE);
  for (const { id, answer, cancel } of CONCURRENT) {
    const run = started.get(id);
    if (answer !== undefined) await call(`/v1/runs/${run}/input`, { values: answer });
    if (cancel) await call(`/v1/runs/${run}/cancel`, {});
  }
  for (const placement of ONE_BY_ONE) {
    errand.fleet[placement.platform].faults.clear();
    prepare(errand, placement);
    const run = await begin(call, placement.id, placement.input);
    started.set(placement.id, run);
    for (let tries = 0; tries < 20 && !isTerminal((await inTheEnd(call, run)).status); tries += 1)
      await errand.advance(MINUTE / 2);
  }
  const firstIds = [...started.values()];
  const refusals = await knock(call, firstIds, errand.key);
  const thrown = await misuse(errand);
  await errand.advance(7 * MINUTE);
  const ended = await Promise.all([...started].map(async ([id, run]) => [id, await inTheEnd(call, run)] as const));
  const { text } = await call('/v1/runs?limit=100');
  const runIds = [...text.matchAll(/"id":"(run_\w+)"/g)].map(([, id = '']) => id);
  return {
    errand,
    call,
    runs: new Map(ended),
    runIds: [...new Set([...firstIds, ...runIds])],
    refusals,
    thrown,
    canaries: { ...CANARIES, apiKey: errand.key },
  };
}
