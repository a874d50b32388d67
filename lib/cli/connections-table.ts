/** A list of connections for people. */
import type { ShownConnection } from './connections-desk.ts';
import { type Column, minuteOf, textTable } from './errand-table.ts';

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

/** Times in UTC. */
export function connectionsTable(connections: readonly ShownConnection[]): string {
  return textTable(COLUMNS, connections);
}

function breakerOf({ breaker: { state, nextCanaryAt } }: ShownConnection): string {
  return state === 'open' && nextCanaryAt !== undefined ? `open, tries at ${secondOf(nextCanaryAt)}` : state;
}

/** Reasons by state; a connection that is well needs none. */
const WHY: ReadonlyMap<string, (connection: ShownConnection) => string | undefined> = new Map([
  ['paused', ({ paused }) => paused && [`since ${minuteOf(paused.at)}`, paused.reason].filter(Boolean).join(': ')],
  ['failing', ({ lastError }) => lastError?.message],
  ['refused', ({ lastError }) => lastError?.message],
  ['told-to-wait', ({ toldToWaitUntil }) => toldToWaitUntil && `until ${secondOf(toldToWaitUntil)}`],
]);

function whyOf(connection: ShownConnection): string {
  return WHY.get(connection.state)?.(connection) ?? '';
}

const secondOf = (at: string) => at.slice(11, 19);
