import { backlogOf, comeBack, type Line, LOST_MS, stepOf, turnAfter } from '../../lib/aws/request-line.ts';
import type { CallKind } from '../../lib/protection/request-budget.ts';
import type { RequestBudgets } from '../../lib/workflow/ports.ts';

interface Clocks {
  lastAt?: number;
  readonly lines: Map<CallKind, { tail: number; turn: number }>;
}

/** Request budgets in memory that pass the same contract suite as the table. */
export function createMemoryRequestBudgets(now: () => number): RequestBudgets {
  const connections = new Map<string, Clocks>();
  const clocksOf = (connection: string): Clocks => {
    const clocks = connections.get(connection) ?? { lines: new Map() };
    connections.set(connection, clocks);
    return clocks;
  };
  const lineOf = ({ lastAt, lines }: Clocks, kind: CallKind): Line => ({
    ...(lastAt === undefined ? {} : { lastAt }),
    ...lines.get(kind),
    lines: [...lines.values()].filter(({ tail, turn }) => turn < tail).length,
  });

  return {
    async ask(connection, request) {
      const at = now();
      const clocks = clocksOf(connection);
      const line = lineOf(clocks, request.kind);
      const { tail = 0, turn = 0, lastAt = at } = line;
      const step = stepOf(line, request, at);
      if (step.kind === 'idle') {
        clocks.lines.clear();
        clocks.lastAt = at;
        return { taken: true, inMs: 0 };
      }
      if (step.kind === 'next') {
        const served = turnAfter(line, request, at);
        if (served !== undefined) clocks.lines.set(request.kind, { tail, turn: served });
        clocks.lastAt = lastAt + request.spacingMs;
        return { taken: true, inMs: Math.max(0, clocks.lastAt - at) };
      }
      const place = step.kind === 'behind' ? tail + request.spacingMs : step.place;
      const served = step.kind === 'first' ? place - request.spacingMs : turn;
      if (step.kind !== 'keep') clocks.lines.set(request.kind, { tail: place, turn: served });
      return comeBack({ ...line, turn: served }, request, place, at);
    },

    async more(connection, spacingMs) {
      const at = now();
      const clocks = clocksOf(connection);
      const nextAt = (clocks.lastAt ?? 0) + spacingMs;
      clocks.lastAt = nextAt - spacingMs > at + LOST_MS ? at : Math.max(at, nextAt);
      return clocks.lastAt - at;
    },

    backlog: async (connection) => backlogOf(lineOf(clocksOf(connection), 'start'), now()),
  };
}
