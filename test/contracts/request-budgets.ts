/** What every request budget owes its callers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Moment, MomentRequest, RequestBudgets } from '../../lib/workflow/ports.ts';
import { seed } from '../helpers/random.ts';
import { type Container, callAll, callersOf } from './request-budget-fuzz.ts';

export interface BudgetWorld {
  /** Of one budget, as several containers see it. */
  readonly containers: readonly [RequestBudgets, ...RequestBudgets[]];
  /** The same, with clocks that differ. */
  readonly skewed: readonly Container[];
  /** How many interleavings are tried, of so many callers at most. */
  readonly fuzz: { readonly runs: number; readonly callers: number };
  now(): number;
  advance(ms: number): void;
}

const START: MomentRequest = { kind: 'start', spacingMs: 100, horizonMs: 1_000, hadTurn: false };
const LOOK: MomentRequest = { ...START, kind: 'look', horizonMs: 500 };

let connections = 0;
function newConnection(): string {
  connections += 1;
  return `budget-${connections}`;
}

/** Comes again, as told. */
function again(request: MomentRequest, { place }: Moment): MomentRequest {
  return { ...request, hadTurn: true, ...(place === undefined ? {} : { place }) };
}

export function describeRequestBudgets(name: string, open: () => BudgetWorld): void {
  const asks = async (connection: string, request: MomentRequest, count: number) => {
    const { containers } = open();
    const moments: Moment[] = [];
    for (let index = 0; index < count; index += 1)
      moments.push(await (containers[index % containers.length] ?? containers[0]).ask(connection, request));
    return moments;
  };
  /** Takes all moments that a start may have. */
  const fill = (connection: string) => asks(connection, START, 11);
  const waits = (moments: readonly Moment[]) => moments.map(({ taken, inMs }) => [taken, Math.round(inMs)]);

  describe(`${name} as a request budget`, () => {
    it('gives the first call this very moment, and each further one the next, evenly', async () => {
      const moments = await asks(newConnection(), START, 4);
      expect(waits(moments)).toEqual([0, 100, 200, 300].map((inMs) => [true, inMs]));
    });

    it('keeps connections apart', async () => {
      await fill(newConnection());
      expect(waits(await asks(newConnection(), START, 1))).toEqual([[true, 0]]);
    });

    it('owes nobody the moments that nobody used: after a pause there is no burst', async () => {
      const connection = newConnection();
      await asks(connection, START, 3);
      open().advance(60_000);
      expect(waits(await asks(connection, START, 3))).toEqual([0, 100, 200].map((inMs) => [true, inMs]));
    });

    it('sends away whoever would have to wait too long, each to a place of its own', async () => {
      const connection = newConnection();
      const taken = await fill(connection);
      expect(taken.every((moment) => moment.taken)).toBe(true);
      const sent = await asks(connection, START, 3);
      expect(waits(sent)).toEqual([100, 200, 300].map((inMs) => [false, inMs]));
    });

    it('serves those in line in their order, each at once when it comes, and no newcomer before the last of them', async () => {
      const connection = newConnection();
      const { advance, now, containers } = open();
      await fill(connection);
      const line = await asks(connection, START, 20);
      const served: number[] = [];
      for (const place of line) {
        advance(Number(place.place) - now());
        expect(await containers[0].ask(connection, START)).toMatchObject({ taken: false });
        const moment = await containers[0].ask(connection, again(START, place));
        expect(moment.taken).toBe(true);
        served.push(now() + moment.inMs);
      }
      expect(served).toEqual(served.toSorted((a, b) => a - b));
    });

    it('lets newcomers in once nobody is in line any more', async () => {
      const connection = newConnection();
      await fill(connection);
      const [place = { taken: false, inMs: 0 }] = await asks(connection, START, 1);
      open().advance(1_000);
      expect(waits(await asks(connection, again(START, place), 1))).toEqual([[true, 100]]);
      expect(waits(await asks(connection, START, 1))).toEqual([[true, 200]]);
    });

    it('has one line for each kind, so that looks in line keep no start waiting', async () => {
      const connection = newConnection();
      await asks(connection, LOOK, 6);
      expect(waits(await asks(connection, LOOK, 2))).toEqual([100, 200].map((inMs) => [false, inMs]));
      expect(waits(await asks(connection, START, 2))).toEqual([600, 700].map((inMs) => [true, inMs]));
      expect(waits(await asks(connection, { ...START, kind: 'stop', horizonMs: 5_000 }, 1))).toEqual([[true, 800]]);
    });

    it('leaves whoever comes much too early its place', async () => {
      const connection = newConnection();
      await fill(connection);
      const last = (await asks(connection, START, 30)).at(-1);
      if (last === undefined) throw new Error('nobody was sent away');
      open().advance(200);
      const told = await open().containers[0].ask(connection, again(START, last));
      expect(told).toMatchObject({ taken: false, place: last.place });
      expect(told.inMs).toBeGreaterThanOrEqual(last.inMs - 200);
      expect(told.inMs).toBeLessThanOrEqual(last.inMs);
    });

    it('keeps the order also while every start needs a second request, so that turns come later than told', async () => {
      const connection = newConnection();
      const { advance, now, containers } = open();
      await fill(connection);
      const line = await asks(connection, START, 30);
      let waiting = line.map((moment, index) => ({ index, moment, at: now() + moment.inMs }));
      const served: number[] = [];
      for (let turns = 0; waiting.length > 0 && turns < 500; turns += 1) {
        const [next] = waiting.toSorted((a, b) => a.at - b.at || a.index - b.index);
        if (next === undefined) break;
        advance(next.at - now());
        const moment = await containers[0].ask(connection, again(START, next.moment));
        waiting = waiting.filter(({ index }) => index !== next.index);
        if (moment.taken) {
          served.push(next.index);
          await containers[0].more(connection, START.spacingMs);
        } else waiting.push({ index: next.index, moment, at: now() + moment.inMs });
      }
      expect(served).toHaveLength(30);
      const misplaced = served.map((index, position) => Math.abs(index - position));
      expect(Math.max(...misplaced)).toBeLessThanOrEqual(2);
    });

    it('serves whoever had a turn but does not know its place, as soon as a moment is near enough', async () => {
      const connection = newConnection();
      await fill(connection);
      await asks(connection, START, 5);
      expect(await open().containers[0].ask(connection, { ...START, hadTurn: true })).toMatchObject({ taken: false });
      open().advance(100);
      expect(waits(await asks(connection, { ...START, hadTurn: true }, 1))).toEqual([[true, 1_000]]);
    });

    it('tells whoever joins a line that is behind its time to wait for those in front', async () => {
      const connection = newConnection();
      const { advance, containers } = open();
      await fill(connection);
      await asks(connection, START, 10);
      for (let count = 0; count < 60; count += 1) await containers[0].more(connection, START.spacingMs);
      advance(5_000);
      expect(waits(await asks(connection, { ...START, horizonMs: 2_900 }, 1))).toEqual([[false, 1_000]]);
    });

    it('lets whoever is in line go before moments are left over, when those in front do not come', async () => {
      const connection = newConnection();
      await fill(connection);
      const last = (await asks(connection, START, 30)).at(-1);
      if (last === undefined) throw new Error('nobody was sent away');
      open().advance(500);
      expect(await open().containers[0].ask(connection, again(START, last))).toMatchObject({ taken: false });
      open().advance(500);
      expect(waits(await asks(connection, again(START, last), 1))).toEqual([[true, 100]]);
    });

    it('tells kinds that share the moments to wait for each other’s lines', async () => {
      const connection = newConnection();
      await fill(connection);
      await asks(connection, LOOK, 5);
      await asks(connection, START, 20);
      open().advance(100);
      for (let count = 0; count < 2; count += 1) await open().containers[0].more(connection, START.spacingMs);
      const [told] = await asks(connection, START, 1);
      // Twenty are in front, and a look for each of them.
      expect(waits(told === undefined ? [] : [told])).toEqual([[false, 4_000]]);
    });

    it('gives a call that is under way its next moment however far ahead, and nobody else the same', async () => {
      const connection = newConnection();
      const { containers } = open();
      expect(await containers[0].more(connection, 100)).toBe(0);
      const moments: number[] = [];
      for (let count = 0; count < 30; count += 1) moments.push(await containers[0].more(connection, 100));
      expect(moments.map(Math.round)).toEqual(moments.map((_, index) => 100 * (index + 1)));
      expect(waits(await asks(connection, START, 1))).toEqual([[false, 2_100]]);
    });

    it('goes by a changed spacing at once, counted from the last moment that was given', async () => {
      const connection = newConnection();
      await asks(connection, { ...START, spacingMs: 10_000 }, 1);
      expect(waits(await asks(connection, START, 2))).toEqual([100, 200].map((inMs) => [true, inMs]));
      expect(waits(await asks(connection, { ...START, spacingMs: 700 }, 1))).toEqual([[true, 900]]);
      expect(waits(await asks(connection, { ...START, spacingMs: 10_000 }, 1))).toEqual([[false, 9_900]]);
    });

    it('is not stuck with a line that a slower spacing has made long', async () => {
      const connection = newConnection();
      const { advance, containers } = open();
      const slow = { ...START, spacingMs: 10_000 };
      await asks(connection, slow, 1);
      const line = await asks(connection, slow, 15);
      const told = Math.max(...line.map(({ inMs }) => inMs));
      expect(told).toBeGreaterThan(60_000);
      expect(told).toBeLessThan(100_000);
      // Soon the platform has nothing to do, so whoever comes is served, as are those who wait as they were told.
      advance(2_000);
      expect(waits(await asks(connection, START, 3))).toEqual([0, 100, 200].map((inMs) => [true, inMs]));
      advance(told);
      for (const place of line.slice(-3))
        expect(await containers[0].ask(connection, again(START, place))).toMatchObject({ taken: true });
    });

    it('gives a place of long ago the end of the line of today', async () => {
      const connection = newConnection();
      const { advance, now, containers } = open();
      await asks(connection, { ...START, spacingMs: 60_000 }, 1);
      const [, old] = await asks(connection, { ...START, spacingMs: 600_000 }, 2);
      if (old === undefined) throw new Error('nobody was sent away');
      advance(120_000);
      await fill(connection);
      const line = await asks(connection, START, 5);
      const moment = await containers[0].ask(connection, again(START, old));
      expect(moment).toMatchObject({ taken: false });
      expect(moment.place).toBeCloseTo(Number(line.at(-1)?.place) + 100, 3);
      expect(moment.place).toBeLessThan(now() + 10_000);
    });

    it('lets newcomers in when those in line do not come, because a run may have ended or crashed', async () => {
      const connection = newConnection();
      await fill(connection);
      await asks(connection, START, 5);
      open().advance(900);
      expect(await open().containers[0].ask(connection, START)).toMatchObject({ taken: false });
      open().advance(300);
      expect(waits(await asks(connection, START, 2))).toEqual([0, 100].map((inMs) => [true, inMs]));
    });

    it('comes back from a clock that was hours ahead', async () => {
      const connection = newConnection();
      open().advance(5 * 3_600_000);
      await fill(connection);
      open().advance(-5 * 3_600_000);
      expect(waits(await asks(connection, START, 2))).toEqual([0, 100].map((inMs) => [true, inMs]));
      open().advance(5 * 3_600_000);
      await fill(connection);
      open().advance(-5 * 3_600_000);
      expect(await open().containers[0].more(connection, 100)).toBe(0);
    });

    it('says how far ahead the next moment lies, and how long the line of starts is', async () => {
      const connection = newConnection();
      const [budgets] = open().containers;
      expect(await budgets.backlog(connection)).toEqual({ requestsMs: 0, startsMs: 0 });
      await fill(connection);
      expect(await budgets.backlog(connection)).toEqual({ requestsMs: 1_000, startsMs: 1_000 });
      await asks(connection, START, 20);
      expect(await budgets.backlog(connection)).toEqual({ requestsMs: 1_000, startsMs: 2_000 });
      open().advance(10_000);
      expect(await budgets.backlog(connection)).toMatchObject({ requestsMs: 0 });
    });

    it('gives fifty that come at once fifty different things: moments in a row, then places in a row', async () => {
      const connection = newConnection();
      const { containers } = open();
      const all = Array.from({ length: 50 }, (_, index) =>
        (containers[index % containers.length] ?? containers[0]).ask(connection, START),
      );
      const moments = await Promise.all(all);
      const taken = moments.filter((moment) => moment.taken).map(({ inMs }) => Math.round(inMs));
      const sent = moments.filter((moment) => !moment.taken).map(({ inMs }) => Math.round(inMs));
      const inARow = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + 100 * index);
      expect(taken.toSorted((a, b) => a - b)).toEqual(inARow(0, 11));
      expect(sent.toSorted((a, b) => a - b)).toEqual(inARow(100, 39));
    });

    it(`keeps spacing and order whatever the interleaving (seed ${seed})`, async () => {
      const { fuzz, skewed, now, advance } = open();
      const property = fc.asyncProperty(
        callersOf(fuzz.callers),
        fc.constantFrom(50, 200, 618, 1_500),
        (callers, spacingMs) =>
          callAll(callers, {
            containers: skewed,
            connection: newConnection(),
            spacingMs,
            from: now(),
            moveTo: (at) => advance(at - now()),
          }),
      );
      await fc.assert(property, { seed, numRuns: fuzz.runs });
    });
  });
}
