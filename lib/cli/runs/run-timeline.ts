/** What happened to a run, line by line, with the reasons. Pure. */
import { LOOK_REASONS } from '../../domain/look-plan.ts';
import { lookWords } from '../../domain/look-words.ts';
import { harmless } from '../frame/errand-table.ts';
import { localTime, timeOfDay } from '../frame/local-times.ts';
import type { Paint } from '../frame/status-paint.ts';
import type { ShownEvent, ShownRun } from './shown-run.ts';

const TYPE_WIDTH = 11;
const ALARMS: readonly string[] = ['trouble', 'not-started', 'held', 'slow'];

export function timelineLines(
  { duration }: Pick<ShownRun, 'duration'>,
  events: readonly ShownEvent[],
  paint: Paint,
): readonly string[] {
  return events.flatMap((event, index) => {
    const { at, type } = event;
    const day = localTime(at).slice(0, 10);
    const before = events[index - 1];
    const isNewDay = before === undefined || localTime(before.at).slice(0, 10) !== day;
    const word = type.padEnd(TYPE_WIDTH);
    const marked = ALARMS.includes(type) ? paint.alarm(word) : word;
    const next = nextOf(event, duration);
    const line = `  ${timeOfDay(at)}  ${marked} ${harmless(event.message)}`;
    const reason = next === undefined ? [] : [paint.weak(`${' '.repeat(TYPE_WIDTH + 13)}${next}`)];
    return [...(isNewDay ? [paint.weak(day)] : []), line, ...reason];
  });
}

function nextOf({ data }: ShownEvent, duration: ShownRun['duration']): string | undefined {
  const { nextLookInMs, why } = data ?? {};
  const reason = LOOK_REASONS.find((known) => known === why);
  if (typeof nextLookInMs !== 'number' || reason === undefined) return undefined;
  return lookWords({ why: reason, inMs: nextLookInMs, duration });
}
