import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { startRuntime } from '../../lib/local/runtime.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { openDoors, until } from './doors.ts';
import { createRequests } from './requests.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const SLOW = { timeout: 120_000 };
const QUEUE = 'errand-fallout';
const RUNS = 24;

const flows = {
  premium: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.calculation }, deadline: '1h' },
};

/** `swallow`: the queue takes the message, and its answer never arrives. */
type Mood = 'well' | 'broken' | 'forbidden' | 'silent' | 'swallow';

const REFUSALS = {
  broken: [503, 'ServiceUnavailable'],
  forbidden: [403, 'AccessDenied'],
} as const;

interface Door {
  mood: Mood;
  /** Calls while it was in its present mood. */
  calls: number;
  readonly url: string;
  target: string;
}

/** What stands between the functions and the queue. */
async function openDoor(): Promise<Door> {
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const door: Door = { mood: 'well', calls: 0, url: `http://127.0.0.1:${port}`, target: '' };

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { mood } = door;
    door.calls += 1;
    if (mood === 'silent') return void outgoing.destroy();
    if (mood === 'broken' || mood === 'forbidden') {
      const [status, code] = REFUSALS[mood];
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      return void outgoing.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message: 'Not now.' }));
    }
    const { method = 'POST', url = '/', headers } = incoming;
    const onward = request(new URL(url, door.target), { method, headers }, (answer) => {
      if (mood === 'swallow') return void answer.resume();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    onward.end(body);
  }
  return door;
}

const through = (door: Door) => (own: Readonly<Record<string, string>>) => {
  door.target = String(own.AWS_ENDPOINT_URL_SQS);
  const url = String(own[ENV.falloutQueue]).replace(door.target, door.url);
  return { ...own, AWS_ENDPOINT_URL_SQS: door.url, [ENV.falloutQueue]: url };
};

async function setUp(mood: Mood) {
  const door = await openDoor();
  const errand = await startVirtualErrand(onTestFinished, { flows, functionEnvironment: through(door) });
  door.mood = mood;
  const doors = openDoors(errand);
  errand.fleet.bryter.faults.add({ method: 'POST', times: RUNS, fault: { kind: 'reset-after' } });
  const started = await Promise.all(Array.from({ length: RUNS }, () => doors.start('premium')));
  const ids = started.map(({ id }) => id).sort();
  await until(async () => (await Promise.all(ids.map(doors.run))).every(({ status }) => status === 'FALLOUT'));
  return { door, errand, ids };
}

async function noticesOf({ runtime }: Pick<VirtualErrand, 'runtime'>) {
  const bodies = await createRequests(onTestFinished, runtime.environment).drain(QUEUE);
  return bodies.map((body) => JSON.parse(body) as { runId: string; reason: string; version: number });
}

const idsIn = (notices: readonly { readonly runId: string }[]) => notices.map(({ runId }) => runId).sort();
/** How a consumer tells notices apart. */
const once = (notices: Awaited<ReturnType<typeof noticesOf>>) => [
  ...new Map(notices.map((notice) => [`${notice.runId} ${notice.reason} ${notice.version}`, notice])).values(),
];

async function publishedTimes({ runtime, key, dataDir }: VirtualErrand, ids: readonly string[]) {
  const doors = openDoors({ runtime, key, dataDir });
  const timelines = await Promise.all(ids.map(doors.timeline));
  return timelines.map((lines) => lines.filter(({ type }) => type === 'published').length);
}

it(
  'fallout stays in the table while its queue refuses everybody, and is told once each when it is well again',
  SLOW,
  async () => {
    const { door, errand, ids } = await setUp('broken');
    for (const mood of ['broken', 'forbidden', 'silent'] as const) {
      door.mood = mood;
      door.calls = 0;
      await errand.advance(2 * MINUTE, { stepMs: MINUTE });
      // One group is tried, not every run: a queue that is down is not asked hundreds of times.
      expect(door.calls).toBeGreaterThan(0);
      expect(door.calls).toBeLessThan(3 * 10 * 4);
    }
    expect(await noticesOf(errand)).toEqual([]);
    expect(await publishedTimes(errand, ids)).toEqual(ids.map(() => 0));
    door.mood = 'well';
    await errand.advance(3 * MINUTE, { stepMs: MINUTE });
    expect(idsIn(await noticesOf(errand))).toEqual(ids);
    expect(await publishedTimes(errand, ids)).toEqual(ids.map(() => 1));
  },
);

it('four sweeps at once tell of all of it and harm nothing', SLOW, async () => {
  const { door, errand, ids } = await setUp('broken');
  await errand.advance(MINUTE);
  door.mood = 'well';
  const results = await Promise.all(Array.from({ length: 4 }, () => errand.runtime.invoke('sweep', {})));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(idsIn(once(await noticesOf(errand)))).toEqual(ids);
  expect(await publishedTimes(errand, ids)).toEqual(ids.map(() => 1));
  await errand.advance(5 * MINUTE, { stepMs: MINUTE });
  expect(await noticesOf(errand)).toEqual([]);
  expect((await openDoors(errand).run(String(ids[0]))).status).toBe('FALLOUT');
});

it('a sweep that dies in the middle is finished by the next one', SLOW, async () => {
  const { door, errand, ids } = await setUp('broken');
  const { runtime, clock, dataDir, configFile } = errand;
  await errand.advance(MINUTE);
  door.mood = 'well';
  door.calls = 0;
  const sweeping = runtime.invoke('sweep', {});
  // The first have been told and written down; of these the queue has the message, and nobody knows.
  await until(() => door.calls >= 5);
  door.mood = 'swallow';
  await until(() => door.calls >= 10);
  await runtime.close();
  expect((await sweeping).ok).toBe(false);

  door.mood = 'well';
  const next = await startRuntime({
    dataDir,
    configFile,
    port: 0,
    log: () => {},
    clock,
    functionEnvironment: through(door),
  });
  onTestFinished(() => next.close());
  const again = { ...errand, runtime: next };
  await next.idle();
  const notices = await noticesOf(again);
  expect(idsIn(once(notices))).toEqual(ids);
  // At least once, as is said: only what was in the air may have come twice.
  expect(notices.length - ids.length).toBeLessThanOrEqual(10);
  expect(await publishedTimes(again, ids)).toEqual(ids.map(() => 1));
  expect(errand.fleet.bryter.requests.filter(({ method }) => method === 'POST')).toHaveLength(RUNS);
});
