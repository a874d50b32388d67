import type { InFlight, QueuedRun } from '../../lib/workflow/ports.ts';

interface Connection {
  readonly holders: Map<string, number>;
  readonly queue: Map<string, QueuedRun>;
}

/** An InFlight in memory that passes the same contract suite as the table. */
export function createMemoryInFlight(): InFlight {
  const connections = new Map<string, Connection>();
  const at = (connection: string): Connection => {
    const found = connections.get(connection) ?? { holders: new Map(), queue: new Map() };
    connections.set(connection, found);
    return found;
  };
  const inOrder = (connection: string) => {
    const { queue } = at(connection);
    return [...queue.values()].sort((a, b) => (a.runId < b.runId ? -1 : 1));
  };

  return {
    async take(connection, { runId, leaseUntil }, max) {
      const { holders } = at(connection);
      if (!holders.has(runId) && holders.size >= max) return false;
      holders.set(runId, leaseUntil);
      return true;
    },
    async release(connection, runId, leaseUntil) {
      const { holders } = at(connection);
      if (leaseUntil === undefined || holders.get(runId) === leaseUntil) holders.delete(runId);
    },
    holders: async (connection) =>
      [...at(connection).holders]
        .map(([runId, leaseUntil]) => ({ runId, leaseUntil }))
        .sort((a, b) => (a.runId < b.runId ? -1 : 1)),
    async enqueue(connection, run) {
      const { queue } = at(connection);
      if (!queue.has(run.runId)) queue.set(run.runId, structuredClone(run));
    },
    async dequeue(connection, runId) {
      at(connection).queue.delete(runId);
    },
    line: async (connection, limit, after = '') =>
      structuredClone(
        inOrder(connection)
          .filter(({ runId }) => runId > after)
          .slice(0, limit),
      ),
    ahead: async (connection, before) =>
      inOrder(connection).filter(({ runId }) => before === undefined || runId < before).length,
  };
}
