import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpLimits } from '../../lib/http/http-client.ts';
import { createWatch, withSignal } from '../../lib/http/watch.ts';

const NEVER = 60_000;

function watchOf(limits: Partial<HttpLimits>, caller = new AbortController()) {
  const whole = { totalMs: NEVER, connectMs: NEVER, idleMs: NEVER, maxBytes: 0, ...limits } as HttpLimits;
  const watch = createWatch(whole, caller.signal);
  onTestFinished(() => watch.end());
  const ended = new Promise<void>((resolve) => {
    if (watch.signal.aborted) resolve();
    watch.signal.addEventListener('abort', () => resolve());
  });
  return { watch, caller, ended };
}

describe('the time limit of a call', () => {
  it('counts from the start, and is not put off by a second one', async () => {
    const { watch, ended } = watchOf({ totalMs: 60 });
    const later = watchOf({ totalMs: 50 });
    watch.start();
    await sleep(40);
    watch.start();
    later.watch.start();
    await ended;
    expect(later.watch.signal.aborted).toBe(false);
    expect(watch.why()).toBe('deadline');
    expect(watch.signal.reason).toEqual(new Error('the deadline limit was reached'));
  });

  it('does not run before the start, nor while something else than the server is waited for', async () => {
    const { watch, ended } = watchOf({ totalMs: 400 });
    watch.pause();
    await sleep(20);
    watch.start();
    await sleep(200);
    watch.pause();
    watch.pause();
    await sleep(250);
    expect(watch.signal.aborted).toBe(false);
    // Half of it was left.
    const [sooner, later] = [watchOf({ totalMs: 20 }), watchOf({ totalMs: 300 })];
    for (const one of [watch, sooner.watch, later.watch]) one.start();
    await ended;
    expect(sooner.watch.signal.aborted).toBe(true);
    expect(later.watch.signal.aborted).toBe(false);
  });

  it('stands still after a pause, however often it was started', async () => {
    const { watch } = watchOf({ totalMs: 20 });
    watch.start();
    watch.start();
    watch.pause();
    await sleep(40);
    expect(watch.signal.aborted).toBe(false);
  });

  it('may be longer than a timer can count', async () => {
    const { watch } = watchOf({ totalMs: 3_000_000_000 });
    watch.start();
    await sleep(20);
    expect(watch.signal.aborted).toBe(false);
  });
});

describe('the limit of connecting', () => {
  it('ends a call that has no connection by then, and no other', async () => {
    const slow = watchOf({ connectMs: 20 });
    const quick = watchOf({ connectMs: 20 });
    slow.watch.connecting();
    quick.watch.connecting();
    quick.watch.connected();
    await slow.ended;
    expect(slow.watch.why()).toBe('connect');
    await sleep(20);
    expect(quick.watch.signal.aborted).toBe(false);
  });
});

describe('the limit of silence', () => {
  it('begins anew with each byte', async () => {
    const { watch, ended } = watchOf({ idleMs: 200 });
    watch.connecting();
    watch.connected();
    for (let count = 0; count < 4; count += 1) {
      watch.touch();
      await sleep(60);
    }
    expect(watch.signal.aborted).toBe(false);
    await ended;
    expect(watch.why()).toBe('idle');
  });

  it('begins with a byte on a connection that stands already', async () => {
    const { watch, ended } = watchOf({ idleMs: 10 });
    watch.touch();
    await ended;
    expect(watch.why()).toBe('idle');
  });

  it('does not begin before the first byte: a platform may think', async () => {
    const { watch } = watchOf({ idleMs: 10 });
    watch.connecting();
    watch.connected();
    await sleep(30);
    expect(watch.signal.aborted).toBe(false);
  });

  it('rests while nobody reads, whatever still comes, and goes on with the reader', async () => {
    const { watch, ended } = watchOf({ idleMs: 20 });
    watch.touch();
    watch.rest();
    watch.touch();
    await sleep(40);
    expect(watch.signal.aborted).toBe(false);
    watch.resume();
    await ended;
    expect(watch.why()).toBe('idle');
  });

  it('watches again after a rest when the next connection is opened, or its reader is back', async () => {
    for (const wake of ['connecting', 'resume'] as const) {
      const { watch, ended } = watchOf({ idleMs: 20 });
      watch.rest();
      watch[wake]();
      watch.touch();
      await ended;
      expect(watch.why()).toBe('idle');
    }
  });
});

describe('a caller who gives up', () => {
  it('ends the call with its own reason, before or during it', async () => {
    const reason = new Error('enough');
    const early = new AbortController();
    early.abort(reason);
    const late = watchOf({});
    late.caller.abort(reason);
    for (const { watch } of [watchOf({}, early), late]) {
      expect(watch.signal.reason).toBe(reason);
      expect(watch.why()).toBe('caller');
    }
  });

  it('changes nothing about a call that a limit has ended', async () => {
    const { watch, caller, ended } = watchOf({ totalMs: 10 });
    watch.start();
    await ended;
    caller.abort(new Error('enough'));
    expect(watch.why()).toBe('deadline');
  });
});

describe('a call that is over', () => {
  it('is ended by nobody any more', async () => {
    const { watch, caller } = watchOf({ totalMs: 10, connectMs: 10, idleMs: 10 });
    watch.start();
    watch.connecting();
    watch.touch();
    watch.end();
    watch.touch();
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    caller.abort();
    await sleep(30);
    expect(watch.signal.aborted).toBe(false);
  });

  it('leaves no timer behind when the first of its limits ends it', async () => {
    const { watch, ended } = watchOf({ totalMs: 10, connectMs: 20, idleMs: 20 });
    watch.connecting();
    watch.touch();
    watch.start();
    await ended;
    await sleep(30);
    expect(watch.why()).toBe('deadline');
  });
});

describe('work under a signal', () => {
  it('settles as it does by itself', async () => {
    const { signal } = new AbortController();
    expect(await withSignal(Promise.resolve(7), signal, () => new Error('over'))).toBe(7);
    const failure = new Error('mine');
    await expect(withSignal(Promise.reject(failure), signal, () => new Error('over'))).rejects.toBe(failure);
  });

  it('is given up with the signal, whether or not it obeys', async () => {
    const over = new Error('over');
    const forEver = new Promise<never>(() => undefined);
    await expect(withSignal(forEver, AbortSignal.abort(), () => over)).rejects.toBe(over);
    const controller = new AbortController();
    const waiting = withSignal(forEver, controller.signal, () => over);
    controller.abort();
    await expect(waiting).rejects.toBe(over);
  });

  it('does not listen to the signal for longer than it lasts', async () => {
    const { signal } = new AbortController();
    await withSignal(Promise.resolve(), signal, () => new Error('over'));
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
  });
});
