/** A list of connections for people. */

import { type Column, minuteOf, textTable } from '../frame/errand-table.ts';
import { timeOfDay } from '../frame/local-times.ts';
import type { ShownConnection } from './connections-desk.ts';

const NONE = '-';

const COLUMNS: readonly Column<ShownConnection>[] = [
  ['CONNECTION', ({ id }) => id],
  ['STATE', ({ state }) => state],
  ['IN FLIGHT', ({ inFlight, limits }) => (inFlight === undefined ? NONE : `${inFlight}/${limits.inFlight ?? '?'}`)],
  ['QUEUED', ({ queued }) => (queued === undefined ? NONE : String(queued))],
  ['BREAKER', breakerOf],
  ['LAST SUCCESS', ({ lastSuccessAt }) => (lastSuccessAt === undefined ? NONE : minuteOf(lastSuccessAt))],
  ['WHY', whyOf],
];

/** Times by the clock of the reader. */
export function connectionsTable(connections: readonly ShownConnection[]): string {
  return textTable(COLUMNS, connections);
}

function breakerOf({ breaker: { state, nextCanaryAt } }: ShownConnection): string {
  return state === 'open' && nextCanaryAt !== undefined ? `open, tries at ${timeOfDay(nextCanaryAt)}` : state;
}

/** Reasons by state; a connection that is well needs none. */
const WHY: ReadonlyMap<string, (connection: ShownConnection) => string | undefined> = new Map([
  ['paused', ({ paused }) => paused && [`since ${minuteOf(paused.at)}`, paused.reason].filter(Boolean).join(': ')],
  ['failing', ({ lastError }) => lastError?.message],
  ['refused', ({ lastError }) => lastError?.message],
  ['told-to-wait', ({ toldToWaitUntil }) => toldToWaitUntil && `until ${timeOfDay(toldToWaitUntil)}`],
]);

function whyOf(connection: ShownConnection): string {
  return WHY.get(connection.state)?.(connection) ?? '';
}
