import { expect, it, onTestFinished } from 'vitest';
import { NEWS } from '../../lib/contract.ts';
import type { BusEvent } from '../../lib/local/event-log.ts';
import { startRuntime } from '../../lib/local/runtime.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { type Doors, openDoors, until } from './doors.ts';
import { startVirtualErrand } from './virtual-errand.ts';

const HOUR = 3_600_000;

const forecast = { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast } };
const flows = { forecast, regular: { ...forecast, schedule: { cron: '0 */4 * * *', missed: 'all' } } };

interface Feed {
  readonly received: readonly BusEvent[];
  close(): Promise<void>;
}

/** As any client of server-sent events reads them. */
async function follow(apiUrl: string, key: string, lastEventId?: string): Promise<Feed> {
  const leave = new AbortController();
  const headers = { 'x-api-key': key, ...(lastEventId && { 'last-event-id': lastEventId }) };
  const reply = await fetch(new URL('/v1/events', apiUrl), { headers, signal: leave.signal });
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const received: BusEvent[] = [];
  const reading = read(reply, received).catch((error: unknown) => {
    if (!leave.signal.aborted) throw error;
  });
  return {
    received,
    async close() {
      leave.abort();
      await reading;
    },
  };
}

async function read({ body }: Response, received: BusEvent[]): Promise<void> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = `${text}${chunk}`.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map(
        frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      if (!fields.has('data')) continue;
      const event = JSON.parse(fields.get('data') ?? '') as BusEvent;
      expect([event.id, event['detail-type']]).toEqual([fields.get('id'), fields.get('event')]);
      received.push(event);
    }
  }
}

const ended = (doors: Doors, id: string) => async () =>
  (await doors.told(id, 3)).some((event) => event['detail-type'] === NEWS.ended);
const idsOf = (events: readonly BusEvent[]) => events.map(({ id }) => id);

it('a receiver that was away for two days is given everything it missed, in order, and then what comes', {
  timeout: 60_000,
}, async () => {
  const errand = await startVirtualErrand(onTestFinished, { flows });
  const doors = openDoors(errand);
  const { runtime, key, advance } = errand;

  const first = await follow(runtime.apiUrl, key);
  const before = await doors.start('forecast');
  await advance(HOUR / 12);
  await until(ended(doors, before.id));
  await until(() => first.received.some(({ detail }) => detail.runId === before.id && detail.status === 'SUCCEEDED'));
  await first.close();
  const last = first.received.at(-1)?.id ?? '';

  await advance(48 * HOUR);
  const missed = await doors.start('forecast');
  await advance(HOUR / 12);
  await until(ended(doors, missed.id));
  const log = idsOf(doors.events());
  const since = log.slice(log.indexOf(last) + 1);
  // Twelve slots a day, three events for each run of theirs.
  expect(since.length).toBeGreaterThan(30);

  const again = await follow(runtime.apiUrl, key, last);
  await until(() => again.received.length >= since.length);
  expect(idsOf(again.received)).toEqual(since);
  const live = await doors.start('forecast');
  await until(() => again.received.some(({ detail }) => detail.runId === live.id));
  await again.close();

  // A restart of the whole loses no event and gives none a second id.
  const whole = idsOf(doors.events());
  await runtime.close();
  const { dataDir, configFile, clock } = errand;
  const next = await startRuntime({ dataDir, configFile, port: 0, log: () => {}, clock });
  onTestFinished(() => next.close());
  const resumed = await follow(next.apiUrl, key, last);
  await until(() => resumed.received.length >= whole.length - log.indexOf(last) - 1);
  expect(idsOf(resumed.received).slice(0, since.length)).toEqual(since);
  expect(new Set(idsOf(resumed.received)).size).toBe(resumed.received.length);
  await resumed.close();
});
