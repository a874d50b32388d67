/** A request budget under whatever order of calls chance makes up. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type CallKind, horizonMs } from '../../lib/protection/request-budget.ts';
import type { Moment, RequestBudgets } from '../../lib/workflow/ports.ts';

export interface Container {
  readonly budgets: RequestBudgets;
  /** How far its clock is ahead of the others’. */
  readonly aheadMs: number;
}

/** One that wants to call its platform. */
interface Caller {
  readonly kind: CallKind;
  readonly atMs: number;
  /** Further requests of the same call. */
  readonly more: number;
  /** How much later than told it comes. */
  readonly lateMs: number;
  /** Never comes again once it was sent away. */
  readonly isLost: boolean;
}

interface Visit {
  readonly caller: Caller;
  readonly at: number;
  readonly times: number;
  readonly container: Container;
  readonly sent?: Moment;
}

const KINDS: readonly CallKind[] = ['start', 'look', 'fetch', 'stop'];

export const callersOf = (most: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...KINDS, 'start' as const, 'look' as const),
      atMs: fc.integer({ min: 0, max: 20_000 }),
      more: fc.integer({ min: 0, max: 2 }),
      lateMs: fc.integer({ min: 0, max: 1_500 }),
      isLost: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    }),
    { minLength: 2, maxLength: most },
  );

export interface Fuzz {
  readonly containers: readonly Container[];
  readonly connection: string;
  readonly spacingMs: number;
  readonly from: number;
  moveTo(now: number): void;
}

/** Lets all callers call, come again as told and be served; what it says of them must hold for every interleaving. */
export async function callAll(callers: readonly Caller[], fuzz: Fuzz): Promise<void> {
  const { containers, connection, spacingMs, from } = fuzz;
  const moments: number[] = [];
  const calledAt: number[] = [];
  let visits: Visit[] = callers.map((caller, index) => {
    const container = containers[index % containers.length];
    if (container === undefined) throw new Error('no container');
    return { caller, at: from + caller.atMs, times: 0, container };
  });
  let asked = 0;
  while (visits.length > 0) {
    const visit = visits.reduce((first, other) => (other.at < first.at ? other : first));
    visits = visits.filter((other) => other !== visit);
    asked += 1;
    expect(asked).toBeLessThan(callers.length * 40);
    fuzz.moveTo(visit.at);
    const { caller, at, times, container, sent } = visit;
    const { budgets, aheadMs } = container;
    const moment = await budgets.ask(connection, {
      kind: caller.kind,
      spacingMs,
      horizonMs: horizonMs(caller.kind, times),
      hadTurn: sent !== undefined,
      ...(sent?.place === undefined ? {} : { place: sent.place }),
    });
    expect(moment.inMs).toBeGreaterThanOrEqual(0);
    if (!moment.taken) {
      const back = { ...visit, at: at + moment.inMs + caller.lateMs, times: times + 1, sent: moment };
      if (!caller.isLost) visits.push(back);
      continue;
    }
    const inLine = visits.filter((other) => other.sent !== undefined && other.caller.kind === caller.kind);
    // A platform with nothing to do serves whoever comes; else nobody passes those who wait.
    if (sent === undefined && moment.inMs > 0) expect(inLine).toEqual([]);
    const waits = [moment.inMs];
    for (let count = 0; count < caller.more; count += 1) waits.push(await budgets.more(connection, spacingMs));
    moments.push(...waits.map((inMs) => at + aheadMs + inMs));
    calledAt.push(...waits.map((inMs) => at + inMs));
  }
  judge(moments, calledAt, fuzz);
}

function judge(moments: readonly number[], calledAt: readonly number[], { containers, spacingMs }: Fuzz): void {
  const inOrder = moments.toSorted((a, b) => a - b);
  const gaps = inOrder.slice(1).map((moment, index) => moment - (inOrder[index] ?? 0));
  // Epoch milliseconds have no more than four places.
  expect(Math.min(spacingMs, ...gaps)).toBeGreaterThan(spacingMs - 0.01);
  // By one clock for all, a minute has at most as many calls more as fit into the difference of the clocks.
  const ahead = containers.map(({ aheadMs }) => aheadMs);
  const skewMs = Math.max(...ahead) - Math.min(...ahead);
  const called = calledAt.toSorted((a, b) => a - b);
  for (const [index, at] of called.entries()) {
    const inMinute = called.slice(index).filter((other) => other < at + 60_000).length;
    expect(inMinute).toBeLessThanOrEqual(Math.ceil((60_000 + skewMs) / spacingMs) + 1);
  }
}
