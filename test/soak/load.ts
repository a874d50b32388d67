/** Steady load through every door, and what was promised to whom. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldKey } from '../../lib/simulators/smart-flows/views.ts';
import type { Requests } from '../system/requests.ts';
import { SOAK_FLOWS, type SoakFlow } from './flows.ts';

/** One request of somebody's, however often it was sent. */
export interface Wish {
  /** Known again in the record by its business key, and at most platforms by a parameter. */
  readonly tag: string;
  readonly flowId: string;
  readonly door: 'api' | 'queue';
  /** Somebody was told that it is kept. */
  acknowledged: boolean;
  /** What the API said it is. */
  readonly runIds: Set<string>;
}

export interface LoadOptions {
  readonly apiUrl: string;
  readonly key: string;
  readonly requests: Requests;
  readonly random: () => number;
  readonly count: (fault: string) => void;
}

export interface Load {
  readonly wishes: readonly Wish[];
  /** Sends at this rate until the signal; resolves when the last one has been answered. */
  run(perSecond: number, signal: AbortSignal): Promise<void>;
  /** Cancels and answers what waits for that, again and again until the signal. */
  attend(signal: AbortSignal): Promise<void>;
}

const QUEUE_SHARE = 0.25;
const DUPLICATE_SHARE = 0.1;
/** Later than anything is in flight at the first time, soon enough to meet it open. */
const DUPLICATE_AFTER_MS = 3_000;
const TRIES = 12;
const TRY_AGAIN_MS = 250;
const ATTEND_EVERY_MS = 2_000;
const LIMIT_MS = 40_000;
/** To the questions of the one flow that asks. */
const ANSWER = { values: { [fieldKey('city')]: 'Ghent', [fieldKey('startDate')]: '2026-12-01' } };

const flows = Object.entries(SOAK_FLOWS);
const allWeights = flows.reduce((sum, [, { weight }]) => sum + weight, 0);

function drawFlow(random: () => number): readonly [string, SoakFlow] {
  let drawn = random() * allWeights;
  for (const flow of flows) {
    drawn -= flow[1].weight;
    if (drawn < 0) return flow;
  }
  throw new Error('no flow has a weight');
}

export function createLoad({ apiUrl, key, requests, random, count }: LoadOptions): Load {
  const wishes: Wish[] = [];
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };

  async function call(path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(LIMIT_MS);
    const reply = await fetch(new URL(path, apiUrl), { ...post, headers: { ...headers, ...more }, signal });
    return { status: reply.status, body: (await reply.json()) as Readonly<Record<string, unknown>> };
  }

  /** Sends the same again until it is acknowledged, as a careful client does. */
  async function ask(wish: Wish): Promise<void> {
    const { tag, flowId } = wish;
    const body = { parameters: SOAK_FLOWS[flowId]?.parameters(tag) ?? {}, businessKey: tag };
    for (let tried = 0; tried < TRIES; tried += 1) {
      try {
        if (wish.door === 'queue') {
          await requests.send({ ...body, flowId, requestId: tag });
          wish.acknowledged = true;
          return;
        }
        const reply = await call(`/v1/flows/${flowId}/runs`, body, { 'idempotency-key': tag });
        if (reply.status === 202) {
          wish.acknowledged = true;
          wish.runIds.add(String(reply.body.id));
          return;
        }
        if (reply.status < 500 && reply.status !== 429) throw new Refused(`${flowId}: ${JSON.stringify(reply.body)}`);
      } catch (error) {
        if (error instanceof Refused) throw error;
      }
      count('asked-again');
      await sleep(TRY_AGAIN_MS * (tried + 1));
    }
  }

  async function wishOne(): Promise<void> {
    const [flowId] = drawFlow(random);
    const door = random() < QUEUE_SHARE ? 'queue' : 'api';
    const isDouble = random() < DUPLICATE_SHARE;
    const wish: Wish = { tag: `soak-${wishes.length}`, flowId, door, acknowledged: false, runIds: new Set() };
    wishes.push(wish);
    const now = ask(wish);
    if (isDouble) {
      count(`duplicate-${door}`);
      await sleep(random() * DUPLICATE_AFTER_MS);
      await ask(wish);
    }
    await now;
  }

  /** Errors are troubles of the moment: the next turn tries again. */
  async function attendOnce(status: string, needs: SoakFlow['needs'], path: string, body: object): Promise<void> {
    const ofFlows = flows.filter(([, flow]) => flow.needs === needs).map(([id]) => `&flow=${id}`);
    for (const flow of ofFlows) {
      const { body: page } = await call(`/v1/runs?limit=50&status=${status}${flow}`);
      for (const { id } of (page.items ?? []) as readonly { readonly id: string }[])
        await call(`/v1/runs/${id}/${path}`, body);
    }
  }

  return {
    wishes,
    async run(perSecond, signal) {
      const pending = new Set<Promise<void>>();
      const failures: unknown[] = [];
      const begun = performance.now();
      for (let nth = 0; !signal.aborted; nth += 1) {
        const one = wishOne()
          .catch((error: unknown) => void failures.push(error))
          .finally(() => pending.delete(one));
        pending.add(one);
        const dueMs = ((nth + 1) / perSecond) * 1_000;
        await sleep(Math.max(0, dueMs - (performance.now() - begun)), undefined, { signal }).catch(() => {});
      }
      await Promise.all(pending);
      if (failures.length > 0) throw failures[0];
    },
    async attend(signal) {
      while (!signal.aborted) {
        await attendOnce('QUEUED&status=RUNNING', 'cancel', 'cancel', {}).catch(() => {});
        await attendOnce('WAITING_FOR_INPUT', 'answer', 'input', ANSWER).catch(() => {});
        await sleep(ATTEND_EVERY_MS, undefined, { signal }).catch(() => {});
      }
    },
  };
}

/** A refusal is no trouble that passes: the request itself is wrong. */
class Refused extends Error {
  override readonly name = 'Refused';
}
