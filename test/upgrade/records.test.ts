import { describe, expect, it, onTestFinished } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { runSchema } from '../../lib/api/schemas/run.ts';
import { timelineSchema } from '../../lib/api/schemas/timeline.ts';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { fromChunkItem, fromRunItem, toRunItem } from '../../lib/aws/run-items.ts';
import { CHUNK_PREFIX } from '../../lib/aws/table-keys.ts';
import { ENV, NEXT, STATES } from '../../lib/contract.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { isTerminal, STATUSES } from '../../lib/domain/status.ts';
import { type Item, putItem } from './put-items.ts';
import { readRecording, recordedReleases } from './recording.ts';
import { openEffects } from './replay.ts';

const PLATFORMS = 'http://127.0.0.1:9';
/** Of items that share a key, the newest alone can be in a table. */
const newestOf = (items: readonly Item[]) => [
  ...new Map(items.map((item) => [`${item.pk} ${item.sk}`, item])).values(),
];

async function openTable(version: string) {
  const recording = readRecording(version);
  const effects = await openEffects(recording, PLATFORMS, onTestFinished);
  const table = { client: effects.dynamodb, table: String(effects.env[ENV.table]) };
  const dependencies = apiDependencies(effects);
  const app = createApi(dependencies, { environment: 'local' });
  const headers = { 'x-api-key': recording.release.testApiKey };
  const get = (path: string) => app.request(path, { headers });
  return { recording, table, dependencies, get };
}

describe.each(recordedReleases().map(({ version }) => version))('what %s has left behind', (version) => {
  const { items, calls, checkpoints } = readRecording(version);

  it('has runs of every status, and more than 500 calls, so that this says something', () => {
    const seen = new Set(items.filter(({ sk }) => sk === 'RUN').map(({ status }) => status));
    const rare = ['WAITING_FOR_EVENT', 'TIMED_OUT'];
    expect(STATUSES.filter((status) => !seen.has(status) && !rare.includes(status))).toEqual([]);
    expect(calls.length).toBeGreaterThanOrEqual(500);
  });

  it('is read as it was written, and written as it was found, record by record', () => {
    for (const item of items.filter(({ sk }) => sk === 'RUN')) {
      const run = fromRunItem(item);
      expect(toRunItem(run)).toMatchObject({ pk: item.pk, sk: item.sk, version: item.version, record: item.record });
    }
    for (const item of items.filter(({ sk }) => String(sk).startsWith(CHUNK_PREFIX)))
      expect(fromChunkItem(item).length).toBeGreaterThan(0);
  });

  it('has executions that go on: each is in a state that there still is, with an input that is still understood', () => {
    expect(checkpoints.length).toBeGreaterThan(0);
    for (const { state, input } of checkpoints) {
      expect(Object.values(STATES)).toContain(state);
      expect(parseTaskInput(input).runId).toMatch(/^run_/);
    }
    const states = calls.flatMap(({ value }) => (value as { readonly next?: unknown } | null)?.next ?? []);
    for (const next of new Set(states)) expect(Object.values(NEXT)).toContain(next);
  });

  it('is shown by the API as its document says, to the key that was made then', { timeout: 180_000 }, async () => {
    const { table, get } = await openTable(version);
    const newest = newestOf(items);
    await Promise.all(newest.map((item) => putItem(table, item)));
    const ids = newest.filter(({ sk }) => sk === 'RUN').map(({ runId }) => String(runId));
    for (const id of ids) {
      const [run, timeline] = await Promise.all([get(`/v1/runs/${id}`), get(`/v1/runs/${id}/events`)]);
      expect([run.status, timeline.status]).toEqual([200, 200]);
      expect(runSchema.safeParse(await run.json()).error).toBeUndefined();
      expect(timelineSchema.safeParse(await timeline.json()).error).toBeUndefined();
    }
    for (const path of ['/v1/runs?limit=100', '/v1/flows', '/v1/connections', '/v1/keys', '/v1/flows/offer/durations'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  it('opens what was sealed then, and nothing sealed was ever written beside it', async () => {
    const { dependencies } = await openTable(version);
    const sealed = items
      .filter(({ sk }) => sk === 'RUN')
      .map(fromRunItem)
      .filter(({ input }) => input.sealed !== undefined);
    expect(sealed.length).toBeGreaterThan(10);
    for (const { id, input } of sealed) {
      const { parameters } = await dependencies.vault.open(id, input);
      for (const name of input.sensitive) expect(String(parameters[name])).toMatch(/^secret-of-|@example\.com$/);
    }
    expect(JSON.stringify(items)).not.toContain('secret-of-');
  });

  it('ends once only: no record in it is terminal at one version and open at a later one, but for fallout', () => {
    const runs = items.filter(({ sk }) => sk === 'RUN').map(fromRunItem);
    for (const versions of Map.groupBy(runs, ({ id }) => id).values()) {
      const sorted = versions.toSorted((a, b) => a.version - b.version);
      const end = sorted.findIndex(({ status }) => isTerminal(status) && status !== 'FALLOUT');
      if (end >= 0) expect(sorted.slice(end + 1).every(({ status }) => status === sorted[end]?.status)).toBe(true);
    }
  });
});
