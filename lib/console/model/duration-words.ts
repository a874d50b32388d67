/** What is known of how long runs of a flow take, and when they are looked at, as sentences. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import type { Histogram } from './histogram.ts';
import { countWords, wordList } from './word-list.ts';

export interface Known {
  /** Ascending. */
  readonly durationsMs: readonly number[];
  readonly p05Ms?: number | undefined;
  readonly p50Ms?: number | undefined;
  readonly p95Ms?: number | undefined;
  readonly plannedLooksMs: readonly number[];
}

/** With fewer, nothing is said of what is usual. */
export const RUNS_TO_SPEAK_OF = 5;
const LOOKS_TOLD = 6;
const DURATION_PARTS = [
  ['D', 86_400_000],
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
] as const;

/** "Half of the runs end within 4m 52s, nine of ten between 4m 38s and 5m 20s." Undefined while too little is known. */
export function usualWords({ p05Ms, p50Ms, p95Ms }: Omit<Known, 'durationsMs' | 'plannedLooksMs'>): string | undefined {
  if (p50Ms === undefined || p95Ms === undefined) return undefined;
  const [early, middle, late] = [p05Ms, p50Ms, p95Ms].map((ms) => (ms === undefined ? undefined : formatDuration(ms)));
  if (early === late) return `Nine of ten runs take about ${late}.`;
  if (early === undefined) return `Half of the runs end within ${middle}, nineteen of twenty within ${late}.`;
  return `Half of the runs end within ${middle}, nine of ten between ${early} and ${late}.`;
}

/** When a run that starts now would be looked at. */
export function planWords(looksMs: readonly number[]): string {
  if (looksMs.length === 0)
    return 'Until something is known, a run is looked at often at first, then ever more seldom.';
  const times = looksMs.map(formatDuration);
  if (times.length <= LOOKS_TOLD + 1)
    return `A run that starts now is looked at after ${wordList(times)}, then ever more seldom while it still goes.`;
  const told = times.slice(0, LOOKS_TOLD).join(', ');
  const rest = countWords(times.length - LOOKS_TOLD, 'more look');
  return `A run that starts now is looked at after ${told}; ${rest} up to ${times.at(-1)} while it still goes, then ever more seldom.`;
}

/** Why there is no picture yet. */
export function unknownWords(durationsMs: readonly number[]): string {
  if (durationsMs.length === 0) return 'No end of a run has been seen yet, so nothing is known of how long they take.';
  const times = wordList(durationsMs.map(formatDuration));
  const runs = countWords(durationsMs.length, 'run');
  return `So far ${runs}: ${times}. From ${RUNS_TO_SPEAK_OF} runs on it can be said what is usual.`;
}

/** "That is about 2.1 looks a run, and its end is noticed about 6s late." As past runs would have been looked at. */
export function effortWords({ durationsMs, plannedLooksMs }: Known): string | undefined {
  const found = durationsMs.flatMap((ms) => {
    const place = plannedLooksMs.findIndex((look) => look >= ms);
    return place === -1 ? [] : [{ looks: place + 1, lagMs: (plannedLooksMs[place] ?? ms) - ms }];
  });
  if (found.length < RUNS_TO_SPEAK_OF) return undefined;
  const mean = (pick: (each: { looks: number; lagMs: number }) => number) =>
    found.reduce((sum, each) => sum + pick(each), 0) / found.length;
  const looks = mean((each) => each.looks).toFixed(1);
  return `For runs like the past ones that is about ${looks} looks each, and an end noticed about ${formatDuration(mean((each) => each.lagMs))} late.`;
}

/** What does not fit on the axis: "5 looks come later". Undefined where everything does. */
export function outsideWords({ beyond }: Pick<Histogram, 'beyond'>, before: number, after: number): string | undefined {
  const parts = [
    before === 0 ? undefined : `${countWords(before, 'look')} ${before === 1 ? 'comes' : 'come'} earlier`,
    after === 0 ? undefined : `${countWords(after, 'look')} ${after === 1 ? 'comes' : 'come'} later`,
    beyond === 0 ? undefined : `${countWords(beyond, 'run')} took longer`,
  ].filter((words) => words !== undefined);
  return parts.length === 0 ? undefined : `not drawn: ${wordList(parts)}`;
}

/** What the drawing shows, for readers that speak the page. */
export function chartWords({ durationsMs, plannedLooksMs, ...usual }: Known): string {
  const [fastest = 0, slowest = 0] = [durationsMs[0], durationsMs.at(-1)];
  const range = `from ${formatDuration(fastest)} to ${formatDuration(slowest)}`;
  const looks = `Looks planned: ${plannedLooksMs.length}.`;
  return [`Durations of ${countWords(durationsMs.length, 'run')}, ${range}.`, usualWords(usual), looks]
    .filter((sentence) => sentence !== undefined)
    .join(' ');
}

/** `P1DT2H` in milliseconds; undefined for what is no such duration. */
export function isoDurationMs(text: string): number | undefined {
  const match = /^P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (match === null) return undefined;
  return DURATION_PARTS.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0);
}

/** How late an end may be noticed, where somebody has set it. */
export function noticeWords({ share, ms }: { readonly share?: number | undefined; readonly ms?: number | undefined }) {
  const parts = [
    share === undefined ? undefined : `${Number((100 * share).toFixed(1))} % of the duration`,
    ms === undefined ? undefined : formatDuration(ms),
  ].filter((words) => words !== undefined);
  return `an end is noticed within ${parts.join(' or ')} on average`;
}
