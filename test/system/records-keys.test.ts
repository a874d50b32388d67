import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, seeded } from '../helpers/random.ts';
import { shareOf } from '../helpers/share.ts';
import { type Interposed, startInterposed } from './interposed.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONG_FLOW = '00000000-0000-4000-8000-000000000004';
const platforms = {
  'smart-flows': {
    scenarios: {
      [LONG_FLOW]: {
        displayName: 'Year',
        description: 'Works for almost a year',
        input: 'none',
        steps: [
          { state: 'Running', forMs: 362 * DAY, percentage: 1, message: 'Working' },
          { state: 'Success', percentage: 100, message: 'Done' },
        ],
      },
    },
  },
} as const;
const flows = {
  archive: {
    connection: 'assist-edge',
    target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
    parameters: { folder: { type: 'text', required: true } },
  },
  year: { connection: 'smart-flows', target: { flowId: LONG_FLOW }, deadline: '364d' },
};

let errand: Interposed;
beforeAll(async () => {
  errand = await startInterposed(afterAll, { platforms, flows });
}, 120_000);

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Readonly<Record<string, string>>;
}

const headersOf = (key: string) => ({
  'x-api-key': errand.key,
  'content-type': 'application/json',
  ...(key && { 'idempotency-key': key }),
});

async function post(path: string, body: unknown, key = ''): Promise<Answer> {
  const reply = await fetch(new URL(path, errand.runtime.apiUrl), {
    method: 'POST',
    headers: headersOf(key),
    body: JSON.stringify(body),
  });
  const replayed = reply.headers.get('idempotent-replayed') === 'true';
  return { status: reply.status, replayed, body: (await reply.json()) as Answer['body'] };
}

const START = '/v1/flows/archive/runs';
const bodyOf = (folder: string) => ({ parameters: { folder } });
const jobsOf = (folder: string) =>
  errand.fleet['assist-edge'].requests.filter(({ body }) => body.includes(`\\"${folder}\\"`)).length;

/** Keys of runs whose start was interrupted, and which say so. */
async function keysInDoubt(): Promise<ReadonlySet<string>> {
  const runs = await errand.runs('&flow=archive&status=FALLOUT');
  const details = await Promise.all(runs.map(({ id }) => errand.api.run(id)));
  const doubtful = details.filter(({ fallout }) => fallout?.reason === 'AMBIGUOUS_START');
  return new Set(doubtful.map(({ parameters }) => String(Object(parameters).folder)));
}

/** Sends the whole request and hangs up so much later, without a look at what comes back. */
function hangUp(key: string, afterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const text = JSON.stringify(bodyOf(key));
    const sent = request(new URL(START, errand.runtime.apiUrl), { method: 'POST', headers: headersOf(key) });
    sent.on('error', () => {});
    sent.on('close', resolve);
    sent.end(text, () => setTimeout(() => sent.destroy(), afterMs));
  });
}

describe('an idempotency key', () => {
  it(`gives a client that loses half of the replies one run per key, and the same at each try (seed ${seed})`, {
    timeout: 300_000,
  }, async () => {
    const random = seeded(seed);
    const keys = Array.from({ length: shareOf(1_000, 100) }, (_, index) => `lossy-${index}`);
    const heard = new Map<string, string[]>();
    const insist = async (key: string) => {
      while (random() < 0.5) await hangUp(key, random() * 30);
      const answers = [await post(START, bodyOf(key), key), await post(START, bodyOf(key), key)];
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      heard.set(
        key,
        answers.map(({ body }) => String(body.id)),
      );
    };
    const waiting = [...keys];
    const work = async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await insist(key);
    };
    await Promise.all(Array.from({ length: 12 }, work));
    // On a busy machine an execution may not be started at once; then the sweep does it, a minute or two later.
    for (const [id = ''] of heard.values()) await errand.ended(id, 200_000);
    for (const ids of heard.values()) expect(new Set(ids).size).toBe(1);
    const listed = (await errand.runs('&flow=archive')).map(({ id }) => id);
    expect(listed.sort()).toEqual([...heard.values()].flatMap(([id = '']) => id).sort());
    // A start that was cut off on an overloaded machine is said to be in doubt: that one may have no job, and none has two.
    const inDoubt = await keysInDoubt();
    expect(inDoubt.size).toBeLessThan(keys.length / 10);
    expect(keys.filter((key) => jobsOf(key) !== 1 && !(jobsOf(key) === 0 && inDoubt.has(key)))).toEqual([]);
  });

  it('means its first request, while that is being accepted and long after', async () => {
    const flying = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post(START, bodyOf(index % 2 === 0 ? 'first' : 'other'), 'matrix')),
    );
    const taken = flying.filter(({ status }) => status === 202);
    const refused = flying.filter(({ status }) => status !== 202);
    expect(new Set(taken.map(({ body }) => body.id)).size).toBe(1);
    expect(taken).toHaveLength(10);
    expect(refused.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      Array(10).fill('422 IDEMPOTENCY_KEY_REUSED'),
    );
    await errand.runtime.idle();
    const { parameters } = (await errand.api.run(String(taken[0]?.body.id))) as unknown as {
      parameters: { folder: string };
    };
    const { folder } = parameters;
    expect([jobsOf('first'), jobsOf('other')].sort()).toEqual([0, 1]);
    const again = await post(START, bodyOf(folder), 'matrix');
    expect([again.status, again.replayed, again.body.id]).toEqual([202, true, taken[0]?.body.id]);
    expect((await post(START, bodyOf('another'), 'matrix')).status).toBe(422);
    expect((await post(START, bodyOf('another'), 'matrix-2')).status).toBe(202);
    const sameBody = await post(START, bodyOf(folder), 'matrix-3');
    expect([sameBody.status, sameBody.replayed]).toEqual([202, false]);
  });
});

it('accepts go on while no execution can be started for an hour; then each is started, once, within two minutes', {
  timeout: 60_000,
}, async () => {
  errand.machine.trouble = ({ operation }) => (operation === 'StartExecution' ? 'unreachable' : undefined);
  const accepted: string[] = [];
  for (let waited = 0; waited < 6; waited += 1) {
    for (const half of ['a', 'b']) {
      const { status, body } = await post(START, bodyOf(`down-${waited}-${half}`));
      expect(status).toBe(202);
      accepted.push(String(body.id));
    }
    await errand.advance(10 * MINUTE, { stepMs: 5 * MINUTE });
  }
  const statuses = async () => Promise.all(accepted.map(async (id) => (await errand.api.run(id)).status));
  expect(await statuses()).toEqual(Array(12).fill('ACCEPTED'));
  errand.machine.trouble = () => undefined;
  await errand.advance(2 * MINUTE, { stepMs: MINUTE });
  expect(await statuses()).toEqual(Array(12).fill('HANDED_OFF'));
  expect(accepted.map((_, index) => jobsOf(`down-${Math.floor(index / 2)}-${index % 2 === 0 ? 'a' : 'b'}`))).toEqual(
    Array(12).fill(1),
  );
});

describe('what the table still holds after its time', () => {
  const later = async (ms: number) => {
    await errand.runtime.idle();
    errand.clock.advance(ms);
    await errand.runtime.idle();
  };
  const isPast = ({ expiresAt }: Readonly<Record<string, unknown>>) => Number(expiresAt) < errand.clock.now();

  it('is no idempotency key any more: known for 89 days, and after 91 a new request that says so', async () => {
    const first = await post(START, bodyOf('old'), 'aging');
    await later(89 * DAY);
    const replayed = await post(START, bodyOf('old'), 'aging');
    expect([replayed.status, replayed.replayed, replayed.body.id]).toEqual([202, true, first.body.id]);
    await later(2 * DAY);
    expect((await errand.items('KEY#')).filter(isPast).map(({ runId }) => runId)).toContain(first.body.id);
    const renewed = await post(START, bodyOf('old'), 'aging');
    expect([renewed.status, renewed.replayed]).toEqual([202, false]);
    expect(renewed.body.id).not.toBe(first.body.id);
    await errand.runtime.idle();
    expect(jobsOf('old')).toBe(2);
  });

  it('is no API key any more', async () => {
    const expiresAt = new Date(errand.clock.now() + HOUR).toISOString();
    const { body } = await post('/v1/keys', { scopes: ['runs:read'], expiresAt });
    const ask = async () =>
      (await fetch(new URL('/v1/runs', errand.runtime.apiUrl), { headers: { 'x-api-key': String(body.key) } })).status;
    expect(await ask()).toBe(200);
    await later(HOUR + MINUTE);
    expect(await errand.items(`APIKEY#${body.keyId}`)).toHaveLength(1);
    expect(await ask()).toBe(401);
  });
});

it('a run of a year has no date on which the table forgets it, until it has ended', { timeout: 60_000 }, async () => {
  const { body } = await post('/v1/flows/year/runs', {});
  const id = String(body.id);
  const itemOf = async () => (await errand.items(`RUN#${id}`)).find(({ sk }) => sk === 'RUN');
  await errand.advance(MINUTE);
  for (let month = 0; month < 12; month += 1) {
    errand.clock.advance(30 * DAY);
    await errand.runtime.idle();
    expect(await itemOf()).toMatchObject({ status: 'RUNNING' });
    expect(await itemOf()).not.toHaveProperty('ttl');
  }
  errand.clock.advance(3 * DAY);
  await errand.runtime.idle();
  expect((await errand.ended(id, 10_000)).status).toBe('SUCCEEDED');
  const { ttl } = (await itemOf()) ?? {};
  expect(Number(ttl) * 1_000).toBeGreaterThan(errand.clock.now() + 300 * DAY);
});
