import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { pauseOn } from '../../lib/local/clock.ts';

const HOUR = 3_600_000;

describe('the adjustable clock', () => {
  it('is the machine’s until it is put forward, and goes on from there', () => {
    const clock = adjustableClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    clock.advance(26 * HOUR);
    expect(Math.abs(clock.now() - Date.now() - 26 * HOUR)).toBeLessThan(1_000);
    expect(new BigInt64Array(clock.offset)[0]).toBe(BigInt(26 * HOUR));
  });

  it('lets off what has become due in the order of its time, and nothing else', () => {
    const clock = adjustableClock();
    const rung: string[] = [];
    clock.after(2 * HOUR, () => rung.push('second'));
    clock.after(HOUR, () => rung.push('first'));
    const cancel = clock.after(HOUR, () => rung.push('canceled'));
    const cancelLater = clock.after(5 * HOUR, () => rung.push('later'));
    cancel();
    clock.advance(3 * HOUR);
    expect(rung).toEqual(['first', 'second']);
    cancelLater();
    clock.advance(3 * HOUR);
    expect(rung).toEqual(['first', 'second']);
  });

  it('leaves out what an earlier callback calls off, and takes up what it adds the next time', () => {
    const clock = adjustableClock();
    const rung: string[] = [];
    clock.after(1, () => {
      rung.push('first');
      cancel();
      clock.after(0, () => rung.push('added'));
    });
    const cancel = clock.after(2, () => rung.push('canceled'));
    clock.advance(HOUR);
    expect(rung).toEqual(['first']);
    clock.advance(0);
    expect(rung).toEqual(['first', 'added']);
  });

  it('needs nobody to put it forward: timers go off at the machine’s pace too', async () => {
    const clock = adjustableClock();
    clock.advance(HOUR);
    let rung = false;
    clock.after(20, () => {
      rung = true;
    });
    expect(rung).toBe(false);
    await expect.poll(() => rung).toBe(true);
  });

  it('knows what is due next, leaving aside what is routine', () => {
    const clock = adjustableClock();
    expect(clock.nextDueMs()).toBeUndefined();
    const cancels = [clock.after(60_000, () => {}, 'routine'), clock.after(HOUR, () => {})];
    expect(Math.abs((clock.nextDueMs() ?? 0) - clock.now() - HOUR)).toBeLessThan(1_000);
    for (const cancel of cancels) cancel();
    expect(clock.nextDueMs()).toBeUndefined();
  });
});

describe('a pause on a clock', () => {
  it('ends when the clock says so, and not before', async () => {
    const clock = adjustableClock();
    let isOver = false;
    const pause = pauseOn(clock, 2 * HOUR).then(() => {
      isOver = true;
    });
    clock.advance(HOUR);
    await sleep(5);
    expect(isOver).toBe(false);
    clock.advance(HOUR);
    await pause;
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('goes on where a timer ends early, as the machine’s own may', async () => {
    let nowMs = 0;
    const early = {
      now: () => nowMs,
      after(_ms: number, callback: () => void) {
        nowMs += 60_000;
        queueMicrotask(callback);
        return () => {};
      },
    };
    await pauseOn(early, 180_000);
    expect(nowMs).toBe(180_000);
  });

  it('is over at once when its signal says so, and leaves no timer', async () => {
    const clock = adjustableClock();
    const controller = new AbortController();
    const pause = pauseOn(clock, HOUR, controller.signal);
    controller.abort();
    await pause;
    await pauseOn(clock, HOUR, controller.signal);
    expect(clock.nextDueMs()).toBeUndefined();
  });
});
