/** Pages of runs, newest first. What a page costs depends on the page, never on how many runs the table holds. */
import type { Run } from '../domain/run.ts';
import type { PageRequest, RunPage, RunQuery } from '../workflow/ports.ts';
import { fromRunItem } from './run-items.ts';
import { type IdRange, type Listing, type Partition, planListing } from './run-partitions.ts';
import type { Table } from './table.ts';
import { runKey } from './table-keys.ts';

/** Runs that do not match and that one page may look at all the same, where its limit is not higher. */
const MAX_MISSES = 200;
/** How many are looked at in one go once some did not match. */
const BATCH = 100;
const MAX_MONTHS_AT_ONCE = 16;

async function readPartition(table: Table, { index, value }: Partition, { low, high }: IdRange, limit: number) {
  // The table refuses a range whose ends are the wrong way round.
  if (low > high) return [];
  const rows = await table.query({
    index: index.name,
    expression: '#partition = :value AND #id BETWEEN :low AND :high',
    names: { '#partition': index.partitionKey, '#id': index.sortKey },
    values: { ':value': value, ':low': low, ':high': high },
    newestFirst: true,
    limit,
  });
  return rows.map((row) => String(row[index.sortKey]));
}

async function readStage(table: Table, partitions: readonly Partition[], range: IdRange, limit: number) {
  const lists = await Promise.all(partitions.map((partition) => readPartition(table, partition, range, limit)));
  // A run that just moved from one partition to another may show in both.
  return [...new Set(lists.flat())].sort().reverse().slice(0, limit);
}

/** The newest ids of the range; fewer than `limit` only when there are no more. */
async function readIds(table: Table, { stages, range }: Listing, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let width = 1;
  for (let at = 0; at < stages.length && ids.length < limit; ) {
    const batch = stages.slice(at, at + width);
    const found = (await Promise.all(batch.map((stage) => readStage(table, stage, range, limit)))).flat();
    ids.push(...found);
    at += width;
    // Where nothing lies, longer and longer strides.
    width = found.length === 0 ? Math.min(width * 2, MAX_MONTHS_AT_ONCE) : 1;
  }
  return ids.slice(0, limit);
}

/** What the ids alone do not tell. */
function matcherOf({ flows, statuses, businessKey }: RunQuery): (run: Run) => boolean {
  return (run) =>
    (flows === undefined || flows.includes(run.flowId)) &&
    (statuses === undefined || statuses.includes(run.status)) &&
    (businessKey === undefined || run.businessKey === businessKey);
}

/** A page of the runs that match; its cursor is the id of the last run that was looked at. */
export async function listRuns(table: Table, query: RunQuery, page: PageRequest, now: number): Promise<RunPage> {
  const { limit } = page;
  const matches = matcherOf(query);
  const maxMisses = Math.max(limit, MAX_MISSES);
  const runs: Run[] = [];
  let { cursor } = page;
  for (let misses = 0; runs.length < limit && misses < maxMisses; ) {
    const size = misses === 0 ? limit : Math.min(BATCH, maxMisses - misses);
    // One more than is looked at: it tells whether this is the end.
    const ids = await readIds(table, planListing(query, cursor, now), size + 1);
    const looked = ids.slice(0, size);
    const found = (await table.getMany(looked.map(runKey))).map(fromRunItem).filter(matches);
    const taken = found.slice(0, limit - runs.length);
    runs.push(...taken);
    const isAllTaken = taken.length === found.length;
    if (isAllTaken && ids.length <= size) return { runs };
    cursor = isAllTaken ? looked.at(-1) : taken.at(-1)?.id;
    misses += looked.length - found.length;
  }
  return cursor === undefined ? { runs } : { runs, cursor };
}
