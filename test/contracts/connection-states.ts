/** What every keeper of the states of connections owes its callers. */
import { describe, expect, it } from 'vitest';
import { type ConnectionState, NEW_CONNECTION } from '../../lib/protection/connection-state.ts';
import type { ConnectionStates } from '../../lib/workflow/ports.ts';

const AT = '2026-11-22T10:00:00.000Z';

let connections = 0;
function newConnection(): string {
  connections += 1;
  return `connection-${connections}`;
}

function failed(version: number, failures = version): ConnectionState {
  return { version, failures, failingSince: AT, lastError: { at: AT, message: 'The platform did not answer.' } };
}

const OPEN: ConnectionState = {
  ...failed(2, 10),
  circuit: { why: 'failing', since: AT, openedAt: AT, nextCanaryAt: AT, canary: 'run_1', canaries: 0 },
  paused: { at: AT, by: 'key_1', reason: 'Maintenance.' },
};

export function describeConnectionStates(name: string, world: () => ConnectionStates): void {
  describe(`${name} as the keeper of states of connections`, () => {
    it('has nothing against a connection that it was never told of', async () => {
      const connection = newConnection();
      expect(await world().get(connection)).toEqual(NEW_CONNECTION);
      expect(await world().getNow(connection)).toEqual(NEW_CONNECTION);
    });

    it('gives back what was saved at once, and forgets what a later state leaves out', async () => {
      const [connection, other] = [newConnection(), newConnection()];
      await world().get(connection);
      for (const state of [failed(1), OPEN, { version: 3, failures: 0 }]) {
        expect(await world().save(connection, state)).toBe(true);
        expect(await world().get(connection)).toEqual(state);
        expect(await world().getNow(connection)).toEqual(state);
      }
      expect(await world().get(other)).toEqual(NEW_CONNECTION);
    });

    it('lets one of twenty writers of the same version win, although all write the very same', async () => {
      const connection = newConnection();
      for (const version of [1, 2]) {
        const writers = Array.from({ length: 20 }, () => world().save(connection, failed(version)));
        expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
      }
      expect(await world().getNow(connection)).toEqual(failed(2));
    });

    it('counts every failure of many at once when whoever lost reads again', async () => {
      const connection = newConnection();
      const fail = async () => {
        for (;;) {
          const { version } = await world().getNow(connection);
          if (await world().save(connection, failed(version + 1))) return;
        }
      };
      await Promise.all(Array.from({ length: 8 }, fail));
      expect(await world().getNow(connection)).toEqual(failed(8));
    });

    it('refuses a writer that slept while others wrote, and a version that skips one', async () => {
      const connection = newConnection();
      await world().save(connection, failed(1));
      await world().save(connection, failed(2));
      expect(await world().save(connection, failed(2, 7))).toBe(false);
      expect(await world().save(connection, failed(4))).toBe(false);
      expect(await world().save(newConnection(), failed(2))).toBe(false);
      expect(await world().get(connection)).toEqual(failed(2));
    });
  });
}
