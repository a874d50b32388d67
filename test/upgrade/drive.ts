/** Drives a version through all that it can: every door, every platform, every decision. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ENV } from '../../lib/contract.ts';
import { OPEN_STATUSES } from '../../lib/domain/status.ts';
import { fieldKey } from '../../lib/simulators/smart-flows/views.ts';
import type { Requests } from '../system/requests.ts';
import type { HostReady } from './host.ts';
import { LOST } from './recorded-platforms.ts';
import { parametersOf } from './wishes.ts';

export interface DriveOptions {
  readonly host: HostReady;
  readonly requests: Requests;
  /** Each flow is asked for so often. */
  readonly times: number;
}

interface Seen {
  readonly id: string;
  readonly flowId: string;
  readonly status: string;
  readonly links?: { readonly browser?: string };
  readonly waitingFor?: { readonly url?: string };
}

const FLOWS = [
  'onboard',
  'calculate',
  'approve',
  'assess',
  'offer',
  'invoice',
  'newsletter',
  'letter',
  'archive',
  'order',
  'reject',
  'import',
  'post',
  'file',
  'forecast',
  'actuals',
];
/** Between two requests: so that platforms and slots are not all taken at once. */
const PACE_MS = 60;
const ATTEND_MS = 1_500;
const LEAST_ROUNDS = 16;
/** On a machine that is busy with other things it takes longer until the runs have come somewhere. */
const MOST_ROUNDS = 160;
/** Some are left for their successors to carry on. */
const LEFT_OPEN = 14;
const OPEN_QUERY = OPEN_STATUSES.map((status) => `&status=${status}`).join('');
const READS = [
  '/health',
  '/openapi.json',
  '/v1/flows',
  '/v1/flows/offer',
  '/v1/connections',
  '/v1/keys',
  '/v1/runs?limit=10',
  '/v1/runs?status=FALLOUT&limit=5',
  '/v1/runs?flow=offer&limit=5',
  '/v1/runs?businessKey=up-3&limit=5',
];

export async function drive({ host, requests, times }: DriveOptions): Promise<void> {
  const headers = { 'x-api-key': host.key, 'content-type': 'application/json' };

  async function ask(path: string, body?: unknown, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await fetch(new URL(path, host.apiUrl), { ...post, headers: { ...headers, ...more } });
    const text = await reply.text();
    return reply.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  }

  async function startAll(): Promise<void> {
    for (let nth = 0; nth < FLOWS.length * times; nth += 1) {
      const flowId = FLOWS[nth % FLOWS.length] ?? '';
      const tag = `up-${nth}`;
      const parameters = parametersOf(flowId, tag);
      const body = { parameters, businessKey: tag, tags: { part: 'recorded' } };
      if (nth % 3 === 0) await requests.send({ ...body, flowId, requestId: tag });
      else await ask(`/v1/flows/${flowId}/runs`, body, { 'idempotency-key': tag });
      await sleep(PACE_MS);
    }
  }

  async function startOddly(): Promise<void> {
    for (const flowId of ['onboard', 'order', 'file', 'offer'])
      for (const nth of [1, 2]) {
        const parameters = { ...parametersOf(flowId, `${LOST}-${nth}`), ...(flowId === 'onboard' && { name: LOST }) };
        await ask(`/v1/flows/${flowId}/runs`, { parameters });
      }
    await requests.send({ flowId: 'file', parameters: { folder: 'twice' }, requestId: 'twice' });
    await requests.send({ flowId: 'file', parameters: { folder: 'twice' }, requestId: 'twice' });
    await requests.send('{"flowId":', { flowId: 'unknown' }, { cancel: { flowId: 'assess', requestId: 'up-3' } });
    await ask('/v1/flows/offer/runs', { parameters: { unknown: 1 } });
    await ask('/v1/keys', { scopes: ['runs:read'], name: 'reader' });
    const sfn = new SFNClient({ endpoint: String(host.environment.AWS_ENDPOINT_URL_SFN) });
    for (const name of ['by-hand-1', 'by-hand-2']) {
      const input = JSON.stringify({ flowId: 'forecast', businessKey: name });
      const stateMachineArn = String(host.environment[ENV.stateMachine]);
      await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    }
    sfn.destroy();
  }

  const listed = async (query: string) =>
    ((await ask(`/v1/runs?limit=100${query}`)) as { readonly items?: readonly Seen[] }).items ?? [];

  /** What people do: open a page, answer, cancel, decide. */
  async function attend(round: number): Promise<void> {
    const path = READS[round % READS.length] ?? '';
    await ask(path);
    for (const { id, waitingFor } of await listed('&flow=approve&status=WAITING_FOR_INPUT'))
      if (waitingFor?.url && id.charCodeAt(id.length - 1) % 2 === 0) await fetch(waitingFor.url);
    const answer = { values: { [fieldKey('city')]: 'Ghent', [fieldKey('startDate')]: '2026-12-01' } };
    for (const { id } of (await listed('&flow=letter&status=WAITING_FOR_INPUT')).slice(0, 2))
      await ask(`/v1/runs/${id}/input`, answer);
    const [queued] = await listed('&flow=archive&status=QUEUED');
    if (queued !== undefined) await ask(`/v1/runs/${queued.id}/cancel`, {});
    const assessed = await listed('&flow=assess&status=RUNNING');
    if (assessed.length > 2 && assessed[0]) await ask(`/v1/runs/${assessed[0].id}/cancel`, {});
    const fallout = await listed('&status=FALLOUT');
    if (round % 6 === 5 && fallout[0])
      await ask(`/v1/runs/${fallout[0].id}/resolve`, {
        decision: 'close',
        status: 'FAILED',
        reason: 'asked by telephone',
      });
    if (round % 6 === 3 && fallout.length > 3 && fallout[1])
      await ask(`/v1/runs/${fallout[1].id}/resolve`, { decision: 'not-started', reason: 'not in their list' });
    const [ended] = await listed('&flow=offer&status=SUCCEEDED');
    if (ended === undefined) return;
    for (const part of ['', '/events', '/output']) await ask(`/v1/runs/${ended.id}${part}`);
    if (round % 8 === 7) await ask(`/v1/runs/${ended.id}/rerun`, {});
  }

  await startAll();
  await startOddly();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await attend(round);
    await sleep(ATTEND_MS);
    if (round >= LEAST_ROUNDS && (await listed(OPEN_QUERY)).length <= LEFT_OPEN) break;
  }
}
