/**
 * Request budgets in the one table: an item for each connection. All clocks move by additions that the table itself
 * makes, so that no two callers are given the same; what is read before only says which addition to try.
 */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { CallKind } from '../protection/request-budget.ts';
import type { Clock, MomentRequest, RequestBudgets } from '../workflow/ports.ts';
import { backlogOf, comeBack, type Line, LOST_MS, latenessOf, type Step, stepOf, turnAfter } from './request-line.ts';
import { type Change, createTable, type Item, type TableOptions } from './table.ts';
import { connectionKey } from './table-keys.ts';

export interface RequestBudgetsOptions extends TableOptions {
  readonly clock: Clock;
}

/** A round comes to nothing only when somebody else's did not. */
const MAX_ROUNDS = 50;

const KINDS = ['stop', 'start', 'fetch', 'look'] as const satisfies CallKind[];
const LINES = KINDS.map((kind) => `${kind}Tail, ${kind}Turn`).join();

const keyOf = (connection: string) => connectionKey(connection, 'BUDGET');

function lineIn(item: Item = {}, kind: CallKind): Line {
  const lines = KINDS.filter((one) => Number(item[`${one}Turn`]) < Number(item[`${one}Tail`])).length;
  return { lastAt: item.lastAt, tail: item[`${kind}Tail`], turn: item[`${kind}Turn`], lines } as Line;
}

/** This very moment. Nobody came although nobody was in the way, so all lines are over. */
function idle(now: number, spacingMs: number): Change {
  return {
    change: `SET lastAt = :now REMOVE ${LINES}`,
    // Also true where there is none yet.
    condition: 'NOT lastAt BETWEEN :idle AND :lost',
    values: { ':now': now, ':idle': now - spacingMs, ':lost': now + LOST_MS },
  };
}

/** The next moment. */
function next(now: number, spacingMs: number, latest: number) {
  return {
    change: 'SET lastAt = lastAt + :spacing',
    condition: 'lastAt BETWEEN :idle AND :latest',
    values: { ':spacing': spacingMs, ':idle': now - spacingMs, ':latest': latest },
  };
}

function changeFor(step: Step, request: MomentRequest, line: Line, now: number): Change {
  const { kind, spacingMs, horizonMs, hadTurn } = request;
  const [Tail, Turn] = [`${kind}Tail`, `${kind}Turn`];
  // False, too, where there is no line.
  const isLine = `${Turn} < ${Tail}`;
  if (step.kind === 'idle') return idle(now, spacingMs);
  if (step.kind === 'behind')
    return { change: `SET ${Tail} = ${Tail} + :spacing`, condition: isLine, values: { ':spacing': spacingMs } };
  if (step.kind === 'next') {
    const { change, condition, values } = next(now, spacingMs, now + horizonMs + latenessOf(line, request) - spacingMs);
    const turn = turnAfter(line, request, now);
    if (!hadTurn) return { change, condition: `${condition} AND NOT ${isLine}`, values };
    if (turn === undefined) return { change, condition, values };
    return { change: `${change}, ${Turn} = :turn`, condition, values: { ...values, ':turn': turn } };
  }
  const values = { ':place': step.place, ':turn': step.place - spacingMs };
  return { change: `SET ${Tail} = :place, ${Turn} = :turn`, condition: `NOT ${isLine}`, values };
}

export function createRequestBudgets({ clock, ...options }: RequestBudgetsOptions): RequestBudgets {
  const table = createTable(options);

  /** Until somebody's change was possible. */
  async function untilDone<Result>(round: () => Promise<Result | undefined>): Promise<Result> {
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
      const result = await round();
      if (result !== undefined) return result;
    }
    throw new StoreUnavailableError('too many ask for moments at once; try again');
  }

  return {
    ask: (connection, request) =>
      untilDone(async () => {
        const line = lineIn(await table.get(keyOf(connection)), request.kind);
        const now = clock.now();
        const step = stepOf(line, request, now);
        if (step.kind === 'keep') return comeBack(line, request, step.place, now);
        const item = await table.update(keyOf(connection), changeFor(step, request, line, now));
        if (item === undefined) return undefined;
        if (step.kind === 'idle' || step.kind === 'next')
          return { taken: true, inMs: Math.max(0, Number(item.lastAt) - now) };
        if (step.kind === 'behind') return comeBack(line, request, Number(item[`${request.kind}Tail`]), now);
        return comeBack({ ...line, turn: step.place }, request, step.place, now);
      }),

    more: (connection, spacingMs) =>
      untilDone(async () => {
        const now = clock.now();
        const item =
          (await table.update(keyOf(connection), next(now, spacingMs, now + LOST_MS))) ??
          (await table.update(keyOf(connection), idle(now, spacingMs)));
        return item && Math.max(0, Number(item.lastAt) - now);
      }),

    async backlog(connection) {
      return backlogOf(lineIn(await table.get(keyOf(connection), false), 'start'), clock.now());
    },
  };
}
