/** What every run store owes its callers. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import type { RequestKey, RunStore } from '../../lib/workflow/ports.ts';
import { eventOf, newRun, nextRunId, nextVersion } from '../helpers/runs.ts';

export interface RunStoreWorld {
  readonly store: RunStore;
  /** Moves the store's clock. */
  setNow(epochMs: number): void;
}

const T0 = Date.parse('2026-11-21T10:00:00.000Z');
const DAY_MS = 86_400_000;

let keys = 0;
function newKey(fields: Partial<RequestKey> = {}): RequestKey {
  keys += 1;
  return { id: `key-${keys}`, fingerprint: 'same', expiresAt: T0 + 90 * DAY_MS, ...fields };
}

async function saved(store: RunStore, run: Run): Promise<Run> {
  await store.save(run);
  return run;
}

export function describeRunStore(name: string, world: () => RunStoreWorld): void {
  describe(`${name} as a run store`, () => {
    it('gives back what was created, whatever JSON a provider put into it', async () => {
      const deep = JSON.parse(`${'['.repeat(60)}1e300${']'.repeat(60)}`);
      const run = newRun({ handle: { deep, big: 2 ** 60, empty: '', odd: '\ud800', '': [null] } });
      expect(await world().store.create(run)).toEqual({ kind: 'created', run });
      expect(await world().store.get(run.id)).toEqual(run);
    });

    it('knows nothing of a run that was never created', async () => {
      expect(await world().store.get(nextRunId())).toBeUndefined();
      expect(await world().store.events(nextRunId())).toEqual([]);
    });

    it('makes one run of twenty equal requests at once, and tells all of them the same id', async () => {
      const { store } = world();
      const key = newKey();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.create(newRun(), key)));
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(19);
      const ids = new Set(outcomes.map((outcome) => (outcome.kind === 'conflict' ? '' : outcome.run.id)));
      expect(ids.size).toBe(1);
      expect(await store.get([...ids][0] ?? '')).toBeDefined();
    });

    it('answers a replay with the run as it is now', async () => {
      const { store } = world();
      const key = newKey();
      const run = newRun();
      await store.create(run, key);
      const started = await saved(store, nextVersion(run, { status: 'STARTING' }));
      expect(await store.create(newRun(), key)).toEqual({ kind: 'replayed', run: started });
    });

    it('refuses a key that was used for another request, and stores nothing', async () => {
      const { store } = world();
      const key = newKey();
      await store.create(newRun(), key);
      const other = newRun();
      expect(await store.create(other, { ...key, fingerprint: 'other' })).toEqual({ kind: 'conflict' });
      expect(await store.get(other.id)).toBeUndefined();
    });

    it('forgets a key at its instant, although the item is still there, because clearing away may take days', async () => {
      const { store, setNow } = world();
      const key = newKey({ expiresAt: T0 + 1_000 });
      await store.create(newRun(), key);
      setNow(T0 + 999);
      expect(await store.create(newRun(), key)).toMatchObject({ kind: 'replayed' });
      setNow(T0 + 1_000);
      const fresh = newRun();
      expect(await store.create(fresh, { ...key, expiresAt: T0 + DAY_MS })).toEqual({ kind: 'created', run: fresh });
    });

    it('finds the run of a request key as it is now, with what was asked, until the key is forgotten', async () => {
      const { store, setNow } = world();
      setNow(T0);
      const key = newKey({ expiresAt: T0 + 1_000, fingerprint: 'asked' });
      expect(await store.byRequestKey(key.id)).toBeUndefined();
      const run = newRun();
      await store.create(run, key);
      expect(await store.byRequestKey(key.id)).toEqual({ run, fingerprint: 'asked' });
      const started = await saved(store, nextVersion(run, { status: 'STARTING' }));
      setNow(T0 + 999);
      expect(await store.byRequestKey(key.id)).toEqual({ run: started, fingerprint: 'asked' });
      setNow(T0 + 1_000);
      expect(await store.byRequestKey(key.id)).toBeUndefined();
    });

    it('lets one of two writers of the same version win', async () => {
      const { store } = world();
      const run = newRun();
      await store.create(run);
      const one = nextVersion(run, { writeId: 'one' });
      const two = nextVersion(run, { writeId: 'two' });
      const results = await Promise.allSettled([store.save(one), store.save(two)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const loser = results.find((result) => result.status === 'rejected');
      expect(loser).toMatchObject({ reason: { name: 'StaleRunError' } });
    });

    it('refuses a writer that slept while others wrote', async () => {
      const { store } = world();
      const run = newRun();
      await store.create(run);
      const second = await saved(store, nextVersion(run, { status: 'STARTING' }));
      await saved(store, nextVersion(second, { status: 'RUNNING' }));
      await expect(store.save(nextVersion(run))).rejects.toMatchObject({ name: 'StaleRunError' });
      await expect(store.save(nextVersion(newRun()))).rejects.toMatchObject({ name: 'StaleRunError' });
    });

    it('never lets an end be written over, not even with the right version', async () => {
      const { store } = world();
      const run = newRun();
      await store.create(run);
      const ended = await saved(store, nextVersion(run, { status: 'CANCELED', ttl: 1 }));
      await expect(store.save(nextVersion(ended, { status: 'RUNNING' }))).rejects.toMatchObject({
        name: 'StaleRunError',
      });
      expect(await store.get(run.id)).toEqual(ended);
    });

    it('lets a decision reopen fallout, the one end that is not final', async () => {
      const { store } = world();
      const run = newRun();
      await store.create(run);
      const fallout = await saved(store, nextVersion(run, { status: 'FALLOUT', ttl: 1 }));
      const { ttl: _, ...open } = nextVersion(fallout, { status: 'ACCEPTED' });
      await store.save(open);
      expect(await store.get(run.id)).toEqual(open);
    });

    it('keeps a timeline of a hundred events gap-free while its record stays small', async () => {
      const { store } = world();
      let run = newRun();
      await store.create(run);
      for (let seq = 2; seq <= 100; seq += 1) {
        // Half of the writers carry on with what they have in hand, half read the record again.
        const base = seq % 2 === 0 ? run : ((await store.get(run.id)) ?? run);
        run = await saved(store, nextVersion(base));
      }
      expect(await store.events(run.id)).toEqual(Array.from({ length: 100 }, (_, index) => eventOf(index + 1)));
      expect((await store.get(run.id))?.events.length).toBeLessThanOrEqual(16);
      expect((await store.get(run.id))?.events.at(-1)?.seq).toBe(100);
    });

    it('takes a hundred events in one write, and shortens the record with the next', async () => {
      const { store } = world();
      const run = newRun();
      await store.create(run);
      const events = Array.from({ length: 100 }, (_, index) => eventOf(index + 1));
      const full = await saved(store, nextVersion(run, { events }));
      await store.save(nextVersion(full));
      expect((await store.events(run.id)).map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
      expect((await store.get(run.id))?.events.length).toBeLessThanOrEqual(16);
    });

    it('shows no event of a writer that lost', async () => {
      const { store } = world();
      let run = newRun();
      await store.create(run);
      while (run.events.length < 16) run = await saved(store, nextVersion(run));
      const loser = nextVersion(run, { writeId: 'loser', events: [...run.events, eventOf(17, 'false')] });
      const winner = nextVersion(run, { writeId: 'winner', events: [...run.events, eventOf(17, 'true')] });
      await Promise.allSettled([store.save(winner), store.save(loser)]);
      const stored = await store.get(run.id);
      const events = await store.events(run.id);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
      expect(events.at(-1)?.message).toBe(stored?.writeId === 'winner' ? 'true' : 'false');
    });

    it('lists open runs oldest first, page by page, and leaves out what has ended', async () => {
      const { store } = world();
      const runs = Array.from({ length: 7 }, () => newRun());
      for (const run of [...runs].reverse()) await store.create(run);
      const ended = runs[3] ?? newRun();
      await store.save(nextVersion(ended, { status: 'FALLOUT' }));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.open({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.runs.length).toBeLessThanOrEqual(2);
        seen.push(...page.runs.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      const wanted = runs.filter((run) => run !== ended).map(({ id }) => id);
      expect(seen.filter((id) => runs.some((run) => run.id === id))).toEqual(wanted);
      expect(seen).toEqual([...seen].sort());
    });

    it('gives a remote run to one run of ours, whoever races, and knows it again', async () => {
      const { store } = world();
      const remote = { connection: 'acme', remoteId: nextRunId() };
      expect(await store.remoteOwner(remote)).toBeUndefined();
      const ids = Array.from({ length: 10 }, nextRunId);
      const won = await Promise.all(ids.map((id) => store.claimRemote(remote, id)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const owner = ids[won.indexOf(true)] ?? '';
      expect(await store.remoteOwner(remote)).toBe(owner);
      expect(await store.claimRemote(remote, owner)).toBe(true);
      expect(await store.claimRemote({ ...remote, connection: 'other' }, ids[0] ?? '')).toBe(true);
    });

    it('knows a GUID in capitals for the same remote run, and no other text', async () => {
      const { store } = world();
      const [mine, other] = [nextRunId(), nextRunId()];
      const guid = randomUUID();
      const odd = `Job-${guid}`;
      for (const remoteId of [guid, odd]) await store.claimRemote({ connection: 'acme', remoteId }, mine);
      expect(await store.claimRemote({ connection: 'acme', remoteId: guid.toUpperCase() }, other)).toBe(false);
      expect(await store.remoteOwner({ connection: 'acme', remoteId: guid.toUpperCase() })).toBe(mine);
      expect(await store.claimRemote({ connection: 'acme', remoteId: odd.toUpperCase() }, other)).toBe(true);
    });

    it('refuses a record that no table takes, and burns no key for it', async () => {
      const { store } = world();
      const key = newKey();
      const huge = newRun({ handle: 'x'.repeat(400_000) });
      await expect(store.create(huge, key)).rejects.toMatchObject({ name: 'InvalidInputError' });
      expect(await store.create(newRun(), { ...key, fingerprint: 'smaller' })).toMatchObject({ kind: 'created' });
    });
  });
}
