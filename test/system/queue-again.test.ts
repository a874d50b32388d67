import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceProxy } from '../helpers/service-proxy.ts';
import { shareOf } from '../helpers/share.ts';
import { type Interposed, startInterposed } from './interposed.ts';
import { DEAD_REQUESTS, type Requests } from './requests.ts';

const MINUTE = 60_000;
const DEAD = shareOf(200, 50);
const LONG_FLOW = '00000000-0000-4000-8000-000000000003';
const platforms = {
  'smart-flows': {
    scenarios: {
      [LONG_FLOW]: {
        displayName: 'Long',
        description: 'Works for ten hours',
        input: 'none',
        steps: [
          { state: 'Running', forMs: 600 * MINUTE, percentage: 1, message: 'Working' },
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
  long: { connection: 'smart-flows', target: { flowId: LONG_FLOW }, deadline: '1d' },
};

let errand: Interposed;
let requests: Requests;
beforeAll(async () => {
  errand = await startInterposed(afterAll, { platforms, flows });
  requests = errand.requests;
}, 120_000);

const runs = (flow: string) => errand.runs(`&flow=${flow}`);
/** Lets time pass until so many messages are where they belong. */
const arrive = (count: () => Promise<number>, wanted: number, passMs = 3 * MINUTE) =>
  expect
    .poll(
      async () => {
        const now = await count();
        if (now !== wanted) await errand.advance(passMs);
        return now === wanted ? now : count();
      },
      { timeout: 60_000, interval: 100 },
    )
    .toBe(wanted);

it(`${DEAD} dead letters, all of them taken although nobody heard so, start nothing twice, however often they are moved back`, {
  timeout: 150_000,
}, async () => {
  const bodies = Array.from({ length: DEAD }, (_, index) => {
    const folder = `again-${index}`;
    return { flowId: 'archive', requestId: folder, parameters: { folder } };
  });
  const starts = () =>
    errand.fleet['assist-edge'].requests.filter(({ body }) => body.includes('again-')).map(({ body }) => body);
  /** Writes arrive, but no reply comes back; what was written cannot be read either. */
  const loseReplies: ServiceProxy['trouble'] = ({ operation }) =>
    operation === 'PutItem' ? 'reply-lost' : 'unreachable';
  const dieAndComeBack = async () => {
    errand.table.trouble = loseReplies;
    await requests.send(...bodies);
    await arrive(() => requests.count(DEAD_REQUESTS), DEAD);
    expect(await requests.count()).toBe(0);
    errand.table.trouble = () => undefined;
    await requests.redrive(DEAD_REQUESTS);
    await arrive(() => requests.count(), 0, 0);
    await errand.runtime.idle();
  };
  await dieAndComeBack();
  const first = await runs('archive');
  expect(first).toHaveLength(DEAD);
  expect(new Set(starts()).size).toBe(DEAD);
  await dieAndComeBack();
  expect((await runs('archive')).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  expect(starts()).toHaveLength(DEAD);
});

it('a cancellation that overtakes its start waits for it, minutes long, and becomes a dead letter if nothing comes', {
  timeout: 60_000,
}, async () => {
  const names = ['order-1', 'order-2', 'order-3'];
  const cancelOf = (requestId: string) => ({ cancel: { flowId: 'long', requestId } });
  const startOf = (requestId: string) => ({ flowId: 'long', requestId, businessKey: requestId });
  await requests.send(...[...names, 'order-4'].map(cancelOf));
  await arrive(() => requests.inFlight(), 4, 0);
  for (const name of names) {
    await errand.advance(2 * MINUTE);
    await requests.send(startOf(name));
  }
  await arrive(() => requests.count(DEAD_REQUESTS), 1, MINUTE);
  await errand.advance(MINUTE);
  const canceled = await runs('long');
  expect(canceled.map(({ businessKey }) => businessKey).sort()).toEqual(names);
  expect(new Set(canceled.map(({ status }) => status))).toEqual(new Set(['CANCELED']));
  // It is not lost even then: once there is something to cancel, it can be moved back.
  await requests.send(startOf('order-4'));
  await arrive(() => requests.count(), 0, 0);
  await requests.redrive(DEAD_REQUESTS);
  await arrive(() => requests.count(), 0, 0);
  await errand.advance(MINUTE);
  expect((await runs('long')).map(({ status }) => status)).toEqual(Array(4).fill('CANCELED'));
});
