/** The time at Errand, whose moments are what the page shows; the viewer's own clock may be minutes off. */
import { clockOffset } from '../model/server-clock.ts';

let offsetMs = 0;

export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** @param sentMs when the answer was asked for, by this machine's clock */
export function noteServerTime(reply: Response, sentMs: number): void {
  offsetMs = clockOffset(reply.headers.get('date'), sentMs, Date.now()) ?? offsetMs;
}
