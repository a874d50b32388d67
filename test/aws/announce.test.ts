import { describe, expect, it } from 'vitest';
import { type AnnounceDependencies, announce, parseStreamRecords } from '../../lib/aws/announce.ts';
import { toRunItem } from '../../lib/aws/run-items.ts';
import { NEWS } from '../../lib/contract.ts';
import { SecretUnavailableError } from '../../lib/domain/errors.ts';
import { verifyEvent } from '../../lib/domain/event-signature.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { newRun, nextVersion } from '../helpers/runs.ts';

const NOW = Date.parse('2026-03-02T08:00:00Z');
const KEY = Buffer.from('k'.repeat(64));

function world(eventKey: AnnounceDependencies['eventKey'] = async () => KEY) {
  const logged: [string, JsonObject][] = [];
  const note = (message: string, fields: JsonObject) => void logged.push([message, fields]);
  const log = { info: note, warn: note, error: note, count: () => {} };
  const clock = { now: () => NOW };
  const tell = (records: unknown) => announce({ log, clock, eventKey }, parseStreamRecords(records));
  return { tell, logged };
}

type Image = Readonly<Record<string, Json>>;

/** As EventBridge Pipes documents it for a table as the source: no `Records` around the list. */
function record(image: Image | undefined, n = 1): Json {
  return {
    eventID: `id-${n}`,
    eventVersion: '1.1',
    dynamodb: {
      ApproximateCreationDateTime: 1_772_438_400,
      Keys: { pk: { S: 'RUN#1' }, sk: { S: 'RUN' } },
      ...(image === undefined ? {} : { NewImage: image }),
      StreamViewType: 'NEW_IMAGE',
      SequenceNumber: String(n),
      SizeBytes: 26,
    },
    awsRegion: 'eu-west-1',
    eventName: image === undefined ? 'REMOVE' : 'MODIFY',
    eventSourceARN: 'arn:aws:dynamodb:eu-west-1:123456789012:table/errand/stream/2026-01-01T00:00:00.000',
    eventSource: 'aws:dynamodb',
  };
}

function imageOf(run = newRun(), news?: string): Image {
  const { pk, sk, record: text } = toRunItem(run);
  return { pk: { S: `${pk}` }, sk: { S: `${sk}` }, record: { S: `${text}` }, ...(news && { news: { S: news } }) };
}

describe('the function between the table and the bus', () => {
  it('makes of each record with news a signed event with its detail type, in the order of the stream', async () => {
    const run = newRun({ tags: { team: 'hr' } });
    const ended = nextVersion(run, { status: 'SUCCEEDED', endedAt: run.updatedAt });
    const { tell } = world();
    const events = await tell([record(imageOf(run, NEWS.accepted), 1), record(imageOf(ended, NEWS.ended), 2)]);
    expect(events.map(({ detailType, detail }) => [detailType, detail.eventId])).toEqual([
      ['Run Accepted', `${run.id}-1`],
      ['Run Ended', `${run.id}-2`],
    ]);
    expect(events[1]?.detail).toMatchObject({ status: 'SUCCEEDED', flowId: 'onboard', tags: { team: 'hr' } });
    // Through the pipe and the bus it travels as JSON.
    const received = JSON.parse(JSON.stringify(events));
    for (const { detail } of received) expect(verifyEvent(KEY, detail, NOW)).toBe(true);
  });

  it('tells nothing of parameters, whatever the record holds', async () => {
    const run = newRun({ input: { parameters: { name: 'canary-1' }, sensitive: ['email'], sealed: 'canary-2' } });
    const { tell } = world();
    expect(JSON.stringify(await tell([record(imageOf(run, NEWS.accepted))]))).not.toContain('canary');
  });

  it('tells of slots, whether their fields are attributes or one text', async () => {
    const slot = { flowId: 'plan', slot: '2026-03-02T06:00:00.000Z', at: '2026-03-02T06:00:01.000Z', reason: 'late' };
    const attributes = Object.fromEntries(Object.entries(slot).map(([name, value]) => [name, { S: value }]));
    const { tell } = world();
    const events = await tell([
      record({ ...attributes, news: { S: NEWS.slotSkipped } }),
      record({ record: { S: JSON.stringify(slot) }, news: { S: NEWS.slotMissed } }),
    ]);
    expect(events.map(({ detail }) => detail.eventId)).toEqual([
      'plan-2026-03-02T06:00:00.000Z-skipped',
      'plan-2026-03-02T06:00:00.000Z-missed',
    ]);
    expect(events[0]?.detail).toMatchObject({ reason: 'late', occurredAt: slot.at });
  });

  it('answers an empty list to what is no news, so that the bus is not called', async () => {
    const { tell, logged } = world(() => Promise.reject(new Error('not needed')));
    expect(await tell([record(undefined), record(imageOf()), record(imageOf(newRun(), 'Other News'))])).toEqual([]);
    expect(await tell([])).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('leaves out what cannot be read and says which it was, because nothing behind it would get past', async () => {
    const { tell, logged } = world();
    const broken = [
      { record: { S: '{"secret":' }, news: { S: NEWS.ended } },
      { news: { S: NEWS.ended } },
      { record: { S: '[]' }, news: { S: NEWS.ended } },
      { record: { S: '"text"' }, news: { S: NEWS.slotMissed } },
      { flowId: { S: 'plan' }, news: { S: NEWS.slotMissed } },
    ];
    const events = await tell([...broken.map(record), record(imageOf(newRun(), NEWS.accepted), 9)]);
    expect(events.map(({ detailType }) => detailType)).toEqual(['Run Accepted']);
    expect(logged.map(([message, { problem }]) => [message, problem])).toEqual(
      broken.map((_, n) => ['news not readable', `id-${n}`]),
    );
    expect(JSON.stringify(logged)).not.toContain('secret');
  });

  it('fails as a whole when the key cannot be had, so that the pipe comes again', async () => {
    const { tell } = world(() => Promise.reject(new SecretUnavailableError('secret "k" is away', 'unavailable')));
    await expect(tell([record(imageOf(newRun(), NEWS.accepted))])).rejects.toMatchObject({
      name: 'SecretUnavailableError',
    });
  });

  it('refuses what is no batch', () => {
    expect(() => parseStreamRecords({ Records: [] })).toThrow('expected an array of stream records');
    expect(parseStreamRecords([1, null])).toEqual([
      { eventId: 'unknown', image: undefined },
      { eventId: 'unknown', image: undefined },
    ]);
  });
});
