/** Turns records of the table's stream into signed events: the enrichment of the pipe between the table and the bus. */
import type { News } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import {
  type AnnouncedSlot,
  type EventDetail,
  RUN_NEWS,
  type RunNews,
  runEventDetail,
  SLOT_NEWS,
  type SlotNews,
  slotEventDetail,
} from '../domain/event-detail.ts';
import { signEvent } from '../domain/event-signature.ts';
import { isObject } from '../domain/fields.ts';
import type { Run } from '../domain/run.ts';
import type { Clock, RunLog } from '../workflow/ports.ts';

/** A new item as the stream shows it: attributes by name, each under its type. */
type Image = Readonly<Record<string, unknown>>;

export interface StreamRecord {
  readonly eventId: string;
  /** Absent where an item was deleted. */
  readonly image: Image | undefined;
}

export interface Announcement {
  readonly detailType: News;
  readonly detail: EventDetail & { readonly signature: string };
}

export interface AnnounceDependencies {
  readonly log: RunLog;
  readonly clock: Clock;
  /** @throws SecretUnavailableError */
  readonly eventKey: () => Promise<Uint8Array>;
}

/** What a pipe hands to its enrichment: the records of a batch, as an array without a wrapper. */
export function parseStreamRecords(event: unknown): readonly StreamRecord[] {
  if (!Array.isArray(event)) throw new InvalidInputError('expected an array of stream records', []);
  return event.map((record: unknown) => {
    const { eventID, dynamodb } = isObject(record) ? record : {};
    const image = isObject(dynamodb) ? dynamodb.NewImage : undefined;
    return { eventId: String(eventID ?? 'unknown'), image: isObject(image) ? image : undefined };
  });
}

function textOf(image: Image, name: string): string | undefined {
  const attribute = image[name];
  return isObject(attribute) && typeof attribute.S === 'string' ? attribute.S : undefined;
}

const isRunNews = (news: string): news is RunNews => (RUN_NEWS as readonly string[]).includes(news);
const isSlotNews = (news: string): news is SlotNews => (SLOT_NEWS as readonly string[]).includes(news);

/** A slot's fields are attributes of their own, or all in the text `record`. */
function slotOf(image: Image): AnnouncedSlot {
  const record = textOf(image, 'record');
  const kept: unknown = record === undefined ? {} : JSON.parse(record);
  const field = (name: string) => {
    const value = isObject(kept) ? kept[name] : undefined;
    return typeof value === 'string' ? value : textOf(image, name);
  };
  const [flowId, slot, at] = [field('flowId'), field('slot'), field('at')];
  if (flowId === undefined || slot === undefined || at === undefined) throw new TypeError('not a slot');
  return { flowId, slot, at, reason: field('reason') };
}

function runOf(image: Image): Run {
  const run: unknown = JSON.parse(textOf(image, 'record') ?? '');
  if (!isObject(run) || typeof run.id !== 'string' || typeof run.version !== 'number') throw new TypeError('not a run');
  return run as unknown as Run;
}

/** What a record tells; undefined for one that tells nothing. @throws what its text makes the parser throw. */
function detailOf(image: Image | undefined): EventDetail | undefined {
  const news = image === undefined ? undefined : textOf(image, 'news');
  if (image === undefined || news === undefined) return undefined;
  if (isRunNews(news)) return runEventDetail(news, runOf(image));
  return isSlotNews(news) ? slotEventDetail(news, slotOf(image)) : undefined;
}

/**
 * The events of a batch, in its order. A record that cannot be read is logged and left out, because nothing else would
 * get past it: the pipe gives back a batch whole.
 */
export async function announce(
  { log, clock, eventKey }: AnnounceDependencies,
  records: readonly StreamRecord[],
): Promise<readonly Announcement[]> {
  const details = records.flatMap(({ eventId, image }) => {
    try {
      return detailOf(image) ?? [];
    } catch {
      // The parser's own message quotes the record.
      log.error('news not readable', { problem: eventId });
      return [];
    }
  });
  if (details.length === 0) return [];
  const key = await eventKey();
  return details.map((detail) => ({ detailType: detail.type, detail: signEvent(key, detail, clock.now()) }));
}
