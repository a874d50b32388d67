import { describe, expect, it } from 'vitest';
import { growthOf, judgeMemory, type MemoryPart, mostOpen, type Reading, warmUpMs } from './memory.ts';

const MINUTE = 60_000;
/** Six a minute. */
const readings = (minutes: number, rssMb: (minute: number) => number): readonly Reading[] =>
  Array.from({ length: minutes * 6 }, (_, nth) => ({
    atMs: (nth * MINUTE) / 6,
    rssMb: rssMb(nth / 6),
    objectsMb: 100,
    externalMb: 100,
    withGarbageMb: 500,
    running: nth,
    threads: 10,
    uncollected: 0,
  }));

describe('growth of memory', () => {
  it('is told after the warm-up, in which every process grows', () => {
    const settled = readings(30, (minute) => (minute < 5 ? 100 + minute * 50 : 400));
    expect(growthOf('rssMb', settled, 30 * MINUTE)).toMatchObject({ startMb: 400, endMb: 400, percent: 0 });
  });

  it('is seen where it is slow, steady and small', () => {
    const leaking = readings(30, (minute) => 400 + minute);
    expect(growthOf('rssMb', leaking, 30 * MINUTE)?.percent).toBeGreaterThan(5);
  });

  it('is not seen in the ups and downs of work, nor in one reading that is far off', () => {
    const uneven = readings(30, (minute) => (minute === 29 ? 900 : 400 + 10 * Math.sin(minute * 20)));
    expect(Math.abs(growthOf('rssMb', uneven, 30 * MINUTE)?.percent ?? 100)).toBeLessThan(2);
  });

  it('is told of each part for itself', () => {
    const leaking = readings(30, () => 400).map((reading) => ({ ...reading, objectsMb: 100 + reading.atMs / MINUTE }));
    expect(growthOf('rssMb', leaking, 30 * MINUTE)?.percent).toBe(0);
    expect(growthOf('objectsMb', leaking, 30 * MINUTE)?.percent).toBeGreaterThan(5);
  });

  it('is told of readings with as many threads as there mostly are', () => {
    const crashed = readings(30, (minute) => (minute < 8 ? 360 : 400));
    const fewer = crashed.map((reading) => (reading.rssMb < 400 ? { ...reading, threads: 9 } : reading));
    expect(growthOf('rssMb', crashed, 30 * MINUTE)?.percent).toBeGreaterThan(5);
    expect(growthOf('rssMb', fewer, 30 * MINUTE)).toMatchObject({ startMb: 400, endMb: 400 });
  });

  it('is told of readings for which every thread collected its garbage', () => {
    const full = readings(30, (minute) => (minute > 28 ? 440 : 400));
    const told = full.map((reading) => ({ ...reading, uncollected: reading.rssMb > 400 ? 1 : 0 }));
    expect(growthOf('rssMb', full, 30 * MINUTE)?.percent).toBeGreaterThan(5);
    expect(growthOf('rssMb', told, 30 * MINUTE)).toMatchObject({ startMb: 400, endMb: 400 });
  });

  it('cannot be told from two readings, or none, rather than being none', () => {
    expect(growthOf('rssMb', readings(30, () => 400).slice(0, -16), 30 * MINUTE)).toBeUndefined();
    expect(growthOf('rssMb', readings(30, () => 400).slice(0, -15), 30 * MINUTE)).toBeDefined();
    expect(growthOf('rssMb', [], 30 * MINUTE)).toBeUndefined();
  });

  it('comes with how much was going on at most before it is told and after', () => {
    expect(
      mostOpen(
        readings(30, () => 400),
        30 * MINUTE,
      ),
    ).toEqual({ warmUp: 35, after: 179 });
  });

  it.each([
    [3, 1.5],
    [10, 3],
    [30, 6],
  ])('of %s minutes leaves out the first %s', (minutes, warmUp) => {
    expect(warmUpMs(minutes * MINUTE)).toBe(warmUp * MINUTE);
  });
});

describe('the verdict on memory', () => {
  const steady = readings(30, () => 400);
  const growing = (part: MemoryPart) =>
    steady.map((reading) => ({ ...reading, [part]: reading[part] * (1 + reading.atMs / (200 * MINUTE)) }));

  it('is good of what stays as it is, and has its figures', () => {
    const { findings, figures } = judgeMemory(steady, 30 * MINUTE);
    expect(findings).toEqual([]);
    expect(figures).toMatchObject({ rssStartMb: 400, rssEndMb: 400, rssGrowthPercent: 0, objectsStartMb: 100 });
  });

  it.each([
    ['rss', 'rssMb'],
    ['objects', 'objectsMb'],
    ['external', 'externalMb'],
  ] as const)('names %s that grows by more than a twentieth', (name, part) => {
    const finding = expect.stringMatching(`^memory \\(${name}\\) grew from .* by 10.* %$`);
    expect(judgeMemory(growing(part), 30 * MINUTE).findings).toEqual([finding]);
  });

  it('tells of garbage, and leaves it to V8', () => {
    const { findings, figures } = judgeMemory(growing('withGarbageMb'), 30 * MINUTE);
    expect(findings).toEqual([]);
    expect(figures.rssWithGarbageGrowthPercent).toBeGreaterThan(5);
  });

  it('is bad where a figure is none, or where there are none of a load of twenty minutes', () => {
    const unread = steady.map((reading) => ({ ...reading, rssMb: Number.NaN }));
    expect(judgeMemory(unread, 30 * MINUTE).findings).toHaveLength(1);
    expect(judgeMemory([], 20 * MINUTE).findings).toEqual(['memory: too few readings to tell whether it grows']);
    expect(judgeMemory([], 19 * MINUTE)).toMatchObject({ findings: [], figures: {} });
  });

  it('says how many readings it compared', () => {
    const crashed = steady.map((reading, nth) => ({ ...reading, threads: nth % 4 === 0 ? 9 : 10 }));
    expect(judgeMemory(crashed, 30 * MINUTE).readings).toEqual({ all: 180, compared: 135 });
  });
});
