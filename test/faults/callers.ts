/** Who asks for runs: programs that call the API until they have an answer, and others that put messages into the queue. */
import { createKey } from '../../lib/api/keys.ts';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { QUEUES } from '../../lib/local/messaging.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { flowOf, TEST_FLOWS, type TestFlow } from './flows.ts';
import { triesEmptyLists } from './strikes.ts';
import type { World } from './world.ts';

export interface Asked {
  /** The idempotency key, and the business key of the run. */
  readonly key: string;
  readonly flow: TestFlow;
  readonly by: 'api' | 'queue';
}

export interface Callers {
  /** Asks, and asks again until somebody says what became of it; perhaps once more for what was asked before. */
  ask(asked: Asked): Promise<void>;
  cancel(asked: Asked): Promise<void>;
  readonly acknowledged: ReadonlySet<string>;
}

const bodyOf = ({ key, flow }: Asked) => ({ parameters: flow.parameters(key), businessKey: key });

/** The same request as a message in the queue. */
export const messageOf = (asked: Asked): string =>
  JSON.stringify({ flowId: asked.flow.id, requestId: asked.key, ...bodyOf(asked) });

const API = 'https://errand.example.com';
const MAX_TRIES = 60;

export async function createCallers(world: World): Promise<Callers> {
  const { thread, tell, functions, queues } = world;
  const acknowledged = new Set<string>();
  const { key: apiKey } = await createKey(apiDependencies(world.effects), 'test', { scopes: SCOPES });
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

  const pause = () => thread.sleep(1_000 + thread.random() * 4_000);

  /** The reply, once there is one that means something. */
  async function call(
    what: 'start' | 'cancel',
    key: string,
    makeRequest: () => Request,
  ): Promise<Response | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      tell({ type: 'operation', what, key, phase: 'invoke' });
      const response = await functions.request(makeRequest());
      const isAnswer = response !== undefined && response.status < 500 && response.status !== 429;
      const phase = !isAnswer ? 'info' : response.status < 400 ? 'ok' : 'fail';
      tell({ type: 'operation', what, key, phase });
      if (isAnswer) {
        tell({ type: 'text', sink: 'a reply of the API', text: await response.clone().text() });
        return response;
      }
      await pause();
    }
    return undefined;
  }

  async function askApi(asked: Asked): Promise<void> {
    const response = await call(
      'start',
      asked.key,
      () =>
        new Request(`${API}/v1/flows/${asked.flow.id}/runs`, {
          method: 'POST',
          headers: { ...headers, 'idempotency-key': asked.key },
          body: JSON.stringify(bodyOf(asked)),
        }),
    );
    if (response !== undefined && response.status < 300) acknowledged.add(asked.key);
    else if (response !== undefined) throw new Error(`${asked.key} was refused: ${await response.text()}`);
  }

  async function askQueue(asked: Asked): Promise<void> {
    tell({ type: 'operation', what: 'message', key: asked.key, phase: 'invoke' });
    await queues.send(QUEUES.requests, [{ body: messageOf(asked) }]);
    acknowledged.add(asked.key);
    tell({ type: 'operation', what: 'message', key: asked.key, phase: 'ok' });
  }

  const ask = (asked: Asked) => (asked.by === 'api' ? askApi(asked) : askQueue(asked));

  return {
    acknowledged,
    ask,
    async cancel({ key, flow, by }) {
      if (by === 'queue') {
        const message = { cancel: { flowId: flow.id, requestId: key } };
        await queues.send(QUEUES.requests, [{ body: JSON.stringify(message) }]);
        return;
      }
      const run = [...world.records.runs.values()].find(({ businessKey }) => businessKey === key);
      if (run === undefined) return;
      await call('cancel', key, () => new Request(`${API}/v1/runs/${run.id}/cancel`, { method: 'POST', headers }));
    },
  };
}

/** One to three, more often few: the first of them costs the least and shows the most. */
const FEW = 8;

/** What a seed asks for. */
export function drawRequests(random: () => number, seed: number): readonly Asked[] {
  const isInLine = triesEmptyLists(seed);
  const count = isInLine ? 3 : 1 + Math.floor(random() ** FEW * 3);
  const any = () => TEST_FLOWS[Math.floor(random() * TEST_FLOWS.length)]?.id ?? 'onboard';
  // Of these seeds, which try few kinds, the first meets every step.
  const first = isInLine || seed % 4 === 3 ? 'offer' : any();
  return Array.from({ length: count }, (_, index) => ({
    key: `request-${seed}-${index}`,
    // Others often want the same, and stand in line for it.
    flow: flowOf(index === 0 || isInLine || random() < 0.5 ? first : any()),
    by: random() < 0.6 ? 'api' : 'queue',
  }));
}
