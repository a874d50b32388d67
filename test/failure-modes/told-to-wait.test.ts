import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bryter } from '../../lib/providers/bryter.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createPlatform } from '../helpers/platform.ts';
import { openSession } from '../helpers/session.ts';
import { createWorld, isOver, testConfig } from '../helpers/world.ts';
import { serveTcp, type TestServer } from '../http/servers.ts';

const HOUR = 3_600;
const DAY_MS = 86_400_000;
const signal = new AbortController().signal;
const SESSION = { data: { id: 'V6c_8e2PTnKq1sX0bWm4Dg', state: 'running' } };

/** A reply: its status, and lines for its head. */
interface Answer {
  readonly status: number;
  readonly lines: readonly string[];
}
const RUNNING: Answer = { status: 200, lines: [] };
/** To whatever is asked next. */
let answer = RUNNING;
let server: TestServer;
beforeAll(async () => {
  // Written byte for byte: a server of Node's would mend what is sent twice or is no date.
  server = await serveTcp((socket) => {
    const { status, lines } = answer;
    const text = JSON.stringify(SESSION);
    const head = [
      `HTTP/1.1 ${status} Any`,
      `content-length: ${Buffer.byteLength(text)}`,
      ...lines,
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function sessionOf(): ProviderSession {
  const input = { baseUrl: server.origin, target: { publishedModuleId: 'onboarding' } };
  return openSession(bryter, { ...input, credentials: { apiKey: 'key-of-the-test' } });
}

/** A run whose first look, a minute after its start, is answered so: the seconds until the next one. */
async function waitAfter(reply: Answer, deadline = '7d'): Promise<number> {
  const lookedAt: number[] = [];
  const plain = sessionOf();
  const session: ProviderSession = {
    ...plain,
    async poll(...call) {
      answer = lookedAt.length === 0 ? reply : RUNNING;
      lookedAt.push(world.now());
      return (await plain.poll?.(...call)) ?? Promise.reject(new Error('the provider cannot look'));
    },
  };
  answer = RUNNING;
  const world = createWorld({ session, config: testConfig({ deadline }) });
  const { id } = await world.accept();
  let state = await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
  world.advance(60_000 - state.waitSeconds * 1_000);
  while (lookedAt.length < 2) state = await world.step(state);
  const [first = 0, second = 0] = lookedAt;
  return (second - first) / 1_000;
}

const DATE = 'Sun, 01 Mar 2026 12:00:00 GMT';
const told = (value: string, date = DATE) => ({
  status: 429,
  lines: [`retry-after: ${value}`, `date: ${date}`],
});

/** What is sent, and for how long nobody comes; undefined: it says nothing, and a look is tried again by our own rule. */
const TABLE: readonly (readonly [title: string, reply: Answer, seconds: number | undefined])[] = [
  ['seconds', told('95'), 95],
  ['many seconds', told('1800'), 1_800],
  ['an hour', told('3600'), HOUR],
  ['more than an hour', told('3601'), HOUR],
  ['a day', told('86400'), HOUR],
  ['2^31 ms and more, which a timer takes for nothing', told('2147484'), HOUR],
  ['2^31 s', told('2147483648'), HOUR],
  ['the longest number', told('9999999999'), HOUR],
  ['leading zeros', told('0095'), 95],
  ['blanks around it, which are no part of a field', told('  95 '), 95],
  ['a number too long', told('10000000000'), undefined],
  ['nothing', told(''), undefined],
  ['blanks', told('   '), undefined],
  ['a minus, which Date.parse reads as a year', told('-5'), undefined],
  ['a minus and many', told('-3600'), undefined],
  ['a plus', told('+95'), undefined],
  ['a fraction, which Date.parse reads as 5 January', told('1.5'), undefined],
  ['an exponent', told('1e3'), undefined],
  ['sixteen as a base', told('0x5f'), undefined],
  ['Infinity', told('Infinity'), undefined],
  ['NaN', told('NaN'), undefined],
  ['null', told('null'), undefined],
  ['a unit', told('95s'), undefined],
  ['words', told('soon'), undefined],
  ['two in one field', told('95, 95'), undefined],
  ['two fields', { status: 429, lines: ['retry-after: 95', 'retry-after: 950', `date: ${DATE}`] }, undefined],
  ['two fields alike', { status: 429, lines: ['retry-after: 95', 'retry-after: 95', `date: ${DATE}`] }, undefined],
  ['other digits', told('\u00b2\u00b3'), undefined],
  ['a date', told('Sun, 01 Mar 2026 12:01:35 GMT'), 95],
  ['a date in an hour', told('Sun, 01 Mar 2026 13:00:00 GMT'), HOUR],
  ['a date tomorrow', told('Mon, 02 Mar 2026 12:00:00 GMT'), HOUR],
  ['the last date there is', told('Fri, 31 Dec 9999 23:59:59 GMT'), HOUR],
  ['a date that has passed', told('Sun, 01 Mar 2026 11:00:00 GMT'), undefined],
  ['the first date', told('Thu, 01 Jan 1970 00:00:00 GMT'), undefined],
  ['the wrong weekday', told('Mon, 01 Mar 2026 12:01:35 GMT'), undefined],
  ['a day that is not', told('Tue, 31 Feb 2026 12:01:35 GMT'), undefined],
  ['an hour that is not', told('Sun, 01 Mar 2026 25:01:35 GMT'), undefined],
  ['another zone', told('Sun, 01 Mar 2026 12:01:35 CET'), undefined],
  ['an offset', told('Sun, 01 Mar 2026 12:01:35 +0000'), undefined],
  ['ISO 8601', told('2026-03-01T12:01:35Z'), undefined],
  ['RFC 850', told('Sunday, 01-Mar-26 12:01:35 GMT'), undefined],
  ['asctime', told('Sun Mar  1 12:01:35 2026'), undefined],
  ['a date whose reply has none', { status: 429, lines: ['retry-after: Sun, 01 Mar 2026 12:01:35 GMT'] }, undefined],
  ['a date whose reply has nonsense', told('Sun, 01 Mar 2026 12:01:35 GMT', 'today'), undefined],
  ['a date by a clock a day ahead of ours', told('Mon, 02 Mar 2026 12:01:35 GMT', 'Mon, 02 Mar 2026 12:00:00 GMT'), 95],
  ['a date by a clock 30 years behind', told('Thu, 01 Feb 1996 12:01:35 GMT', 'Thu, 01 Feb 1996 12:00:00 GMT'), 95],
  ['503 with seconds', { ...told('95'), status: 503 }, 95],
  ['503 with nonsense', { ...told('soon'), status: 503 }, undefined],
  ['502 with seconds', { ...told('95'), status: 502 }, 95],
  ['a good look with seconds', { ...told('95'), status: 200 }, 95],
];

describe('a platform that asks us to wait', () => {
  it.each(TABLE)('by %s is left alone for exactly so long', async (_title, reply, seconds) => {
    const waited = await waitAfter(reply);
    if (seconds !== undefined) return expect(waited).toBe(seconds);
    // A first wait after a bad look, or what all runs of the connection wait where a platform says "later" and not when.
    expect(waited).toBeGreaterThanOrEqual(1);
    expect(waited).toBeLessThanOrEqual(6);
  });

  it('is looked at once more at the deadline, however long it wants to be left alone', async () => {
    expect(await waitAfter(told('3000'), '10m')).toBe(540);
    expect(await waitAfter({ ...told('3000'), status: 200 }, '10m')).toBe(540);
  });
});

/** When a run looks: a job of ten minutes whose platform throttles, asks for pauses by its own clock, and dates its end. */
async function scheduleUnder(skewMs: number): Promise<readonly number[]> {
  const lookedAt: number[] = [];
  const plain = sessionOf();
  const session: ProviderSession = {
    ...plain,
    async poll(handle, options) {
      const age = world.now() - startedAt;
      const theirs = (ms: number) => new Date(world.now() + skewMs + ms).toUTCString();
      lookedAt.push(age);
      const date = `date: ${theirs(0)}`;
      const throttled = { status: 429, lines: [date, `retry-after: ${theirs(40_000)}`] };
      const asking = { status: 200, lines: [date, `retry-after: ${theirs(75_000)}`] };
      const scenes: Readonly<Record<number, Answer>> = { 2: throttled, 4: asking, 6: { status: 503, lines: [date] } };
      answer = scenes[lookedAt.length] ?? { status: 200, lines: [date] };
      const look = await plain.poll?.(handle, options);
      if (look === undefined) throw new Error('the provider cannot look');
      const finishedAt = new Date(startedAt + 600_000 + skewMs).toISOString();
      if (age < 600_000) return { ...look, hints: { ...look.hints, finishedAt } };
      return { kind: 'ended', verdict: { status: 'SUCCEEDED' }, hints: { finishedAt } };
    },
  };
  answer = RUNNING;
  const world = createWorld({ session, config: testConfig({ deadline: '1h' }) });
  const { id } = await world.accept();
  const startedAt = world.now();
  expect(await world.drive(id)).toMatchObject({ next: 'SUCCEEDED' });
  const { durationsMs = [] } = (await world.dependencies.histories.get('onboard/acme')) ?? {};
  // What is remembered lies between the last two looks, whatever the platform says of its end.
  const [last = 0, before = 0] = lookedAt.toReversed();
  expect(durationsMs).toHaveLength(1);
  expect(durationsMs[0]).toBeGreaterThanOrEqual(before);
  expect(durationsMs[0]).toBeLessThanOrEqual(last);
  return lookedAt;
}

describe('a platform whose clock is wrong', () => {
  const seconds = [1, 2, 10, 59, 60, 300, HOUR, 12 * HOUR, 24 * HOUR];
  let right: readonly number[] = [];
  beforeAll(async () => {
    right = await scheduleUnder(0);
    expect(right.length).toBeGreaterThan(10);
  });

  it.each(seconds.flatMap((by) => [-by, by]))('by %i s is looked at exactly when any other is', async (by) => {
    expect(await scheduleUnder(by * 1_000)).toEqual(right);
  });
});

describe('a clock of ours that is wrong for one invocation', () => {
  it.each([-DAY_MS, -3_600_000, -1_000, 1_000, 3_600_000, DAY_MS])(
    'by %i ms shifts one look at most, and neither the deadline nor the looks after it',
    async (jumpMs) => {
      const { session } = createPlatform(() => world.now(), { durationMs: 30 * DAY_MS });
      const world = createWorld({ session, config: testConfig({ deadline: '2d' }) });
      const { id } = await world.accept();
      const begin = world.now();
      const { deadline } = await world.run(id);
      let state = await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
      for (let lap = 0; lap < 5; lap += 1) state = await world.step(state);
      world.advance(jumpMs);
      state = await world.next(state);
      world.advance(-jumpMs);
      // Never longer than the gap that fits the age that the run was thought to have.
      expect(state).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
      expect(state.waitSeconds).toBeLessThanOrEqual(600);
      while (state.next === 'WAIT') state = await world.step(state);
      expect(state).toMatchObject({ next: 'FAILED', error: 'DEADLINE' });
      expect(world.now() - begin).toBe(2 * DAY_MS);
      expect((await world.run(id)).deadline).toBe(deadline);
    },
  );
});

it('fetches the output of an ended job no sooner than a reply of the same look asked for', async () => {
  const fetchedAt: number[] = [];
  const session: ProviderSession = {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
    // The status came; what else was asked was answered "later".
    poll: async () => {
      endedAt = world.now();
      return { kind: 'ended', verdict: { status: 'SUCCEEDED' }, hints: { retryAfterMs: 95_000 } };
    },
    async fetchOutput() {
      fetchedAt.push(world.now());
      return { files: [], value: 'the result' };
    },
  };
  let endedAt = 0;
  const world = createWorld({ session });
  const { id } = await world.accept();
  const started = await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
  let state = await world.step(started);
  // What the look told the machine was lost on the way, so the machine comes again, and straight to the output.
  state = await world.next({ ...started, next: 'FETCH' });
  expect(state).toMatchObject({ next: 'WAIT', waitSeconds: 95 });
  while (!isOver(state)) state = await world.step(state);
  expect(fetchedAt.map((at) => at - endedAt)).toEqual([95_000]);
  expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', output: { value: 'the result' } });
});
