import { type ConnectionState, NEW_CONNECTION } from '../../lib/protection/connection-state.ts';
import type { ConnectionStates } from '../../lib/workflow/ports.ts';

/** States of connections in memory that pass the same contract suite as the table. */
export function createMemoryConnectionStates(): ConnectionStates {
  const states = new Map<string, ConnectionState>();
  const getNow = async (connection: string) => structuredClone(states.get(connection) ?? NEW_CONNECTION);
  return {
    get: getNow,
    getNow,
    async save(connection, state) {
      if ((states.get(connection) ?? NEW_CONNECTION).version !== state.version - 1) return false;
      states.set(connection, structuredClone(state));
      return true;
    },
  };
}
