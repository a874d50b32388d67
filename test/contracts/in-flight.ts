/** What every keeper of slots and of the line for them owes its callers. */
import { describe, expect, it } from 'vitest';
import type { InFlight, QueuedRun } from '../../lib/workflow/ports.ts';

const LEASE = Date.parse('2026-11-22T10:15:00Z');

let connections = 0;
function newConnection(): string {
  connections += 1;
  return `limited-${connections}`;
}

/** In the order of acceptance, as ids of runs are. */
function runId(number: number): string {
  return `run_01JD${String(number).padStart(22, '0')}`;
}

function holder(number: number, leaseUntil = LEASE) {
  return { runId: runId(number), leaseUntil };
}

function queued(number: number): QueuedRun {
  return { runId: runId(number), flowId: 'onboard', startBy: '2026-11-22T10:10:00.000Z' };
}

export function describeInFlight(name: string, world: () => InFlight): void {
  describe(`${name} as the keeper of slots`, () => {
    it('gives out as many slots as there may be, and no more', async () => {
      const connection = newConnection();
      const taken = [];
      for (const number of [1, 2, 3, 4]) taken.push(await world().take(connection, holder(number), 3));
      expect(taken).toEqual([true, true, true, false]);
      expect(await world().holders(connection)).toEqual([1, 2, 3].map((number) => holder(number)));
    });

    it('never has more holders than slots when fifty come at once and there is nothing yet', async () => {
      const connection = newConnection();
      const all = Array.from({ length: 50 }, (_, number) => holder(number));
      const taken = await Promise.all(all.map((one) => world().take(connection, one, 7)));
      expect(taken.filter(Boolean)).toHaveLength(7);
      expect(await world().holders(connection)).toEqual(all.filter((_, number) => taken[number]));
    });

    it('refuses nobody while there are enough, not even when all come first at once', async () => {
      const connection = newConnection();
      const all = Array.from({ length: 20 }, (_, number) => world().take(connection, holder(number), 20));
      expect(await Promise.all(all)).toEqual(all.map(() => true));
    });

    it('never has more holders than slots while others give theirs back', async () => {
      const connection = newConnection();
      let most = 0;
      const work = async (number: number) => {
        for (let tries = 0; tries < 6; tries += 1) {
          if (!(await world().take(connection, holder(number), 3))) continue;
          most = Math.max(most, (await world().holders(connection)).length);
          await world().release(connection, runId(number));
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, number) => work(number)));
      expect(most).toBeLessThanOrEqual(3);
      expect(await world().holders(connection)).toEqual([]);
    });

    it('takes the same slot twice, because the answer to the first may have been lost, and renews its lease', async () => {
      const connection = newConnection();
      expect(await world().take(connection, holder(1), 1)).toBe(true);
      expect(await world().take(connection, holder(1, LEASE + 60_000), 1)).toBe(true);
      expect(await world().holders(connection)).toEqual([holder(1, LEASE + 60_000)]);
      expect(await world().take(connection, holder(2), 1)).toBe(false);
    });

    it('leaves a slot with whoever has it when there are fewer of them now', async () => {
      const connection = newConnection();
      for (const number of [1, 2, 3]) await world().take(connection, holder(number), 3);
      expect(await world().take(connection, holder(2), 1)).toBe(true);
      await world().release(connection, runId(1));
      expect(await world().take(connection, holder(4), 1)).toBe(false);
    });

    it('frees a slot once, however often it is given back', async () => {
      const connection = newConnection();
      for (const number of [1, 2]) await world().take(connection, holder(number), 2);
      await Promise.all([1, 2, 3].map(() => world().release(connection, runId(1))));
      expect(await world().take(connection, holder(3), 2)).toBe(true);
      expect(await world().take(connection, holder(4), 2)).toBe(false);
    });

    it('frees no slot that was taken anew since its lease was looked at', async () => {
      const connection = newConnection();
      await world().take(connection, holder(1), 1);
      await world().take(connection, holder(1, LEASE + 60_000), 1);
      await world().release(connection, runId(1), LEASE);
      expect(await world().holders(connection)).toEqual([holder(1, LEASE + 60_000)]);
      await world().release(connection, runId(1), LEASE + 60_000);
      expect(await world().holders(connection)).toEqual([]);
    });

    it('minds nobody who gives back what it never had, even where nobody ever had anything', async () => {
      const connection = newConnection();
      await world().release(connection, runId(1));
      expect(await world().holders(connection)).toEqual([]);
      expect(await world().take(connection, holder(2), 1)).toBe(true);
    });

    it('gives none where there are none, and keeps connections apart', async () => {
      const [one, two] = [newConnection(), newConnection()];
      expect(await world().take(one, holder(1), 0)).toBe(false);
      expect(await world().take(one, holder(1), 1)).toBe(true);
      expect(await world().take(two, holder(2), 1)).toBe(true);
    });

    it('keeps the line in the order of acceptance, whoever joined it first', async () => {
      const connection = newConnection();
      for (const number of [5, 2, 9, 1]) await world().enqueue(connection, queued(number));
      expect(await world().line(connection, 10)).toEqual([1, 2, 5, 9].map(queued));
      expect(await world().line(connection, 2)).toEqual([1, 2].map(queued));
      expect(await world().line(connection, 2, runId(2))).toEqual([5, 9].map(queued));
      expect(await world().line(connection, 2, runId(9))).toEqual([]);
    });

    it('says how many are before a run, also before one that is not in line', async () => {
      const connection = newConnection();
      for (const number of [5, 2, 9]) await world().enqueue(connection, queued(number));
      const ahead = (number: number) => world().ahead(connection, runId(number));
      expect([await ahead(2), await ahead(9), await ahead(7), await world().ahead(connection)]).toEqual([0, 2, 2, 3]);
      expect(await world().ahead(newConnection())).toBe(0);
    });

    it('has a run in line once, and forgets it once it is out', async () => {
      const [connection, other] = [newConnection(), newConnection()];
      await world().enqueue(other, queued(1));
      await Promise.all([1, 2, 3].map(() => world().enqueue(connection, queued(1))));
      expect(await world().ahead(connection)).toBe(1);
      await world().dequeue(connection, runId(1));
      await world().dequeue(connection, runId(1));
      expect(await world().line(connection, 5)).toEqual([]);
      expect(await world().ahead(other)).toBe(1);
    });
  });
}
