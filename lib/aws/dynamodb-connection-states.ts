/** States of connections in the one table. Every call of a platform asks for one, so each container remembers them. */
import { randomUUID } from 'node:crypto';
import { type ConnectionState, NEW_CONNECTION } from '../protection/connection-state.ts';
import type { Clock, ConnectionStates } from '../workflow/ports.ts';
import { createTable, type TableOptions } from './table.ts';
import { connectionKey } from './table-keys.ts';

export interface ConnectionStatesOptions extends TableOptions {
  readonly clock: Clock;
}

const REMEMBER_MS = 1_000;

const keyOf = (connection: string) => connectionKey(connection, 'STATE');

export function createConnectionStates({ clock, ...options }: ConnectionStatesOptions): ConnectionStates {
  const table = createTable(options);
  const known = new Map<string, { readonly at: number; readonly state: Promise<ConnectionState> }>();
  /** Versions that are being written: of many calls that end at once, one writes what all of them found. */
  const writing = new Map<string, number>();

  /** What was read is as old as the question. */
  function read(connection: string): Promise<ConnectionState> {
    const at = clock.now();
    const state = table
      .get(keyOf(connection))
      .then((item): ConnectionState => (item === undefined ? NEW_CONNECTION : JSON.parse(String(item.record))));
    known.set(connection, { at, state });
    state.catch(() => known.delete(connection));
    return state;
  }

  return {
    get(connection) {
      const last = known.get(connection);
      const ageMs = clock.now() - (last?.at ?? 0);
      return last !== undefined && ageMs >= 0 && ageMs < REMEMBER_MS ? last.state : read(connection);
    },

    getNow: read,

    async save(connection, state) {
      const { version } = state;
      const writeId = randomUUID();
      const condition =
        version === 1
          ? { expression: 'attribute_not_exists(pk)' }
          : {
              expression: '#version = :previous',
              names: { '#version': 'version' },
              values: { ':previous': version - 1 },
            };
      const item = { ...keyOf(connection), version, writeId, record: JSON.stringify(state) };
      if (writing.get(connection) === version) return false;
      writing.set(connection, version);
      // Whatever comes of it, what was known before is not.
      known.delete(connection);
      try {
        // Two runs may find the very same; only one of them has written it.
        const isWritten = await table.put(item, condition, (stored) => stored?.writeId === writeId);
        if (isWritten) known.set(connection, { at: clock.now(), state: Promise.resolve(state) });
        else known.delete(connection);
        return isWritten;
      } finally {
        if (writing.get(connection) === version) writing.delete(connection);
      }
    },
  };
}
