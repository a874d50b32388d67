import { describe, expect, it, onTestFinished } from 'vitest';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { seed, seeded } from '../helpers/random.ts';
import { type Interposed, startInterposed } from './interposed.ts';

const MINUTE = 60_000;
/** Requests of each flow. */
const EACH = 8;
const flows = {
  archive: {
    connection: 'assist-edge',
    target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
    parameters: { folder: { type: 'text', required: true } },
  },
  forecast: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast } },
  offer: {
    connection: 'smart-flows',
    target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
    parameters: { customer: { type: 'text', required: true } },
  },
};
const start = () => startInterposed(onTestFinished, { flows });

/** So many requests of each of the three flows. */
function messages(prefix: string, each: number): readonly object[] {
  return Array.from({ length: each }, (_, index) => {
    const requestId = `${prefix}-${index}`;
    return [
      { flowId: 'archive', requestId, parameters: { folder: requestId } },
      { flowId: 'forecast', requestId },
      { flowId: 'offer', requestId, parameters: { customer: requestId } },
    ];
  }).flat();
}

/** What each platform was asked to begin. */
function jobs({ fleet }: Interposed): readonly number[] {
  const begun = ({ method, path }: { readonly method: string; readonly path: string }) =>
    method === 'POST' && !/token/i.test(path);
  return [fleet['assist-edge'], fleet.invision, fleet['smart-flows']].map(
    ({ requests }) => requests.filter(begun).length,
  );
}

/** Every request has come to a good end, by one job of its own. */
async function expectAllDone(errand: Interposed, each: number): Promise<void> {
  const runs = (await errand.runs()).filter(({ flowId }) => Object.hasOwn(flows, flowId));
  expect(runs.map(({ flowId, status }) => `${flowId} ${status}`).sort()).toEqual([
    ...Array(each).fill('archive HANDED_OFF'),
    ...Array(each).fill('forecast SUCCEEDED'),
    ...Array(each).fill('offer SUCCEEDED'),
  ]);
  expect(jobs(errand)).toEqual([each, each, each]);
}

describe('a table that has written and whose reply is lost', { timeout: 90_000 }, () => {
  it('is not taken for a rival, whichever write it was: each is repeated once and meets itself', async () => {
    const errand = await start();
    const tried = new Set<string>();
    errand.table.trouble = ({ operation, body }) => {
      if (operation !== 'PutItem' || tried.has(body)) return undefined;
      tried.add(body);
      return 'reply-lost';
    };
    await errand.requests.send(...messages('lost', EACH));
    await errand.requests.taken();
    await errand.advance(10 * MINUTE);
    await expectAllDone(errand, EACH);
    // The key, the run, its copy dropped from the key, intent, start: no run has fewer writes.
    expect(tried.size).toBeGreaterThanOrEqual(3 * EACH * 5);
  });

  it(`is asked what it holds when every try was lost (half of all replies, seed ${seed})`, async () => {
    const errand = await start();
    const random = seeded(seed);
    errand.table.trouble = ({ operation }) => (operation === 'PutItem' && random() < 0.5 ? 'reply-lost' : undefined);
    await errand.requests.send(...messages('half', EACH));
    await errand.requests.taken();
    await errand.advance(10 * MINUTE);
    await expectAllDone(errand, EACH);
  });
});

it(`a table that throttles three of ten calls for five minutes makes everything later and nothing twice (seed ${seed})`, {
  timeout: 90_000,
}, async () => {
  const errand = await start();
  const random = seeded(seed);
  const NAMES = ['ProvisionedThroughputExceededException', 'ThrottlingException'] as const;
  let refused = 0;
  errand.table.trouble = () => {
    if (random() >= 0.3) return undefined;
    refused += 1;
    return { refusal: NAMES[refused % 2] ?? '' };
  };
  for (let minute = 0; minute < 5; minute += 1) {
    await errand.requests.send(...messages(`minute-${minute}`, 1));
    // In leaps: from one look to the next, each would be waited for by itself.
    errand.clock.advance(MINUTE);
    await errand.runtime.idle();
  }
  errand.table.trouble = () => undefined;
  expect(refused).toBeGreaterThan(50);
  for (let waited = 0; waited < 4; waited += 1) await errand.advance(5 * MINUTE, { stepMs: MINUTE });
  await errand.requests.taken();
  await errand.runtime.idle();
  await expectAllDone(errand, 5);
});

it(`indexes that show what was, half of the time, decide nothing: the sweep starts all that was left, once (seed ${seed})`, {
  timeout: 90_000,
}, async () => {
  const errand = await start();
  const random = seeded(seed);
  const reads: string[] = [];
  errand.table.trouble = ({ operation, body }) => {
    if (operation === 'Query' && body.includes('"IndexName"')) return random() < 0.5 ? 'stale' : undefined;
    if (['GetItem', 'BatchGetItem', 'Query'].includes(operation)) reads.push(body);
    return undefined;
  };
  errand.machine.trouble = ({ operation }) =>
    operation === 'StartExecution' && random() < 0.8 ? 'unreachable' : undefined;
  await errand.requests.send(...messages('stale', EACH), 'no JSON', '[]');
  await errand.requests.taken();
  await errand.advance(5 * MINUTE, { stepMs: MINUTE });
  errand.machine.trouble = () => undefined;
  await errand.advance(20 * MINUTE, { stepMs: MINUTE });
  errand.table.trouble = () => undefined;
  const parked = await errand.runs('&status=FALLOUT');
  expect(parked).toHaveLength(2);
  const notices = (await errand.requests.drain('errand-fallout')).map((body) => JSON.parse(body).runId);
  expect([...new Set(notices)].sort()).toEqual(parked.map(({ id }) => id).sort());
  await expectAllDone(errand, EACH);
  // Whatever is not for a list or a sweep is read as it is.
  expect(reads.length).toBeGreaterThan(30);
  // What a flow has taken so far may be a moment old: nothing but the moments of looks hangs on it.
  const decisive = reads.filter((body) => !body.includes('"HISTORY#'));
  expect(decisive.filter((body) => !body.includes('"ConsistentRead":true'))).toEqual([]);
});
