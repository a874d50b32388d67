/** Moments and spans for people, in the viewer's zone. Pure but for that zone and its language. */
import { formatDuration } from '../../domain/duration.ts';

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const YEAR_DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** The time of day; with the day where it is not today. */
export function clockWords(at: string, now: number): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return TIME.format(date);
  return (date.getFullYear() === today.getFullYear() ? DAY_AND_TIME : YEAR_DAY_AND_TIME).format(date);
}

/** `Saturday, 21 November 2026 at 14:03:07 CET · 2026-11-21T13:03:07.000Z` */
export function exactWords(at: string): string {
  return `${EXACT.format(new Date(at))} · ${at}`;
}

/** `just now`, `3m ago`, `in 42s`. */
export function agoWords(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Math.abs(ms) < 1_000) return 'just now';
  return ms > 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}
