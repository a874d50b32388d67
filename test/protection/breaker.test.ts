import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '../../lib/domain/record.ts';
import {
  afterFailure,
  afterSuccess,
  afterTold,
  connectionHealth,
  type Passage,
  passageOf,
  pause,
  resume,
  waveSpacingMs,
} from '../../lib/protection/breaker.ts';
import { type ConnectionState, type FailureKind, NEW_CONNECTION } from '../../lib/protection/connection-state.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');
const SECOND = 1_000;
const MINUTE = 60_000;

function fails(state: ConnectionState, now: number, runId = 'run_a', kind: FailureKind = 'failing'): ConnectionState {
  return afterFailure(state, { kind, runId, message: 'connection refused' }, now) ?? state;
}

/** One run after another, `run_a` last. */
function failing(times: number, kind: FailureKind = 'failing'): ConnectionState {
  let state = NEW_CONNECTION;
  for (let left = times; left > 0; left -= 1)
    state = fails(state, T0 + (times - left) * SECOND, left === 1 ? 'run_a' : `run_${left}`, kind);
  return state;
}

function canary(state: ConnectionState, runId: string, now: number): ConnectionState {
  const passage = passageOf(state, runId, now);
  if (passage.kind !== 'canary') throw new Error(`${runId} is no canary but has to ${passage.kind}`);
  return passage.state;
}

function waitOf(passage: Passage) {
  if (passage.kind !== 'wait') throw new Error(`expected a wait, not ${passage.kind}`);
  return passage;
}

/** Opened by `run_a` 9 s after T0. */
const OPEN = failing(10);
const OPENED = T0 + 9 * SECOND;

describe('opening', () => {
  it('opens after exactly ten failures in a row, or three refused keys, with the time of the first', () => {
    expect(failing(9).circuit).toBeUndefined();
    expect(OPEN.circuit).toMatchObject({ why: 'failing', since: isoTime(T0), openedAt: isoTime(OPENED), canaries: 0 });
    expect(failing(2, 'refused').circuit).toBeUndefined();
    expect(failing(3, 'refused').circuit).toMatchObject({ why: 'refused', since: isoTime(T0) });
  });

  it('counts refused keys among other failures, from the first refusal, so that a grace is never shortened', () => {
    let state = failing(5);
    for (const at of [20, 21, 22]) state = fails(state, T0 + at * SECOND, `run_${at}`, 'refused');
    expect(state.circuit).toMatchObject({ why: 'refused', since: isoTime(T0 + 20 * SECOND) });
  });

  it('is open if and only if the newest ten calls have failed, or three keys were refused since the last success', () => {
    const outcome = fc.constantFrom('ok', 'failing', 'failing', 'failing', 'refused');
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
        let state = NEW_CONNECTION;
        const row: string[] = [];
        for (const [index, kind] of outcomes.entries()) {
          const now = T0 + index * SECOND;
          if (kind === 'ok') row.length = 0;
          else row.push(kind);
          const runId = `run_${index}`;
          state = kind === 'ok' ? (afterSuccess(state, runId, now) ?? state) : fails(state, now, runId, kind);
          const opens = kind === 'refused' ? row.filter((one) => one === 'refused').length >= 3 : row.length >= 10;
          expect(state.circuit !== undefined).toBe(opens && kind !== 'ok');
          if (state.circuit !== undefined) return;
        }
      }),
    );
  });

  it('forgets a row of failures with one success', () => {
    const healed = afterSuccess(failing(9), 'run_b', T0 + MINUTE) ?? NEW_CONNECTION;
    expect(healed).toMatchObject({ failures: 0, lastSuccessAt: isoTime(T0 + MINUTE) });
    expect(healed).toEqual({
      version: 10,
      failures: 0,
      lastSuccessAt: isoTime(T0 + MINUTE),
      lastError: healed.lastError,
    });
    let again = healed;
    for (let count = 0; count < 9; count += 1) again = fails(again, T0 + 2 * MINUTE, `run_${count}`);
    expect(again.circuit).toBeUndefined();
  });

  it('does not open for one run alone, whose job may be gone: it has pauses of its own', () => {
    let state = fails(NEW_CONNECTION, T0);
    for (let count = 0; count < 50; count += 1) state = fails(state, T0 + count * MINUTE);
    expect(state).toMatchObject({ failures: 1, version: 1 });
  });

  it('keeps what was said last, no longer than a line', () => {
    const message = 'x'.repeat(5_000);
    const state = afterFailure(NEW_CONNECTION, { kind: 'failing', runId: 'run_a', message }, T0);
    expect(state?.lastError).toEqual({ at: isoTime(T0), message: 'x'.repeat(300) });
  });
});

describe('while all is well', () => {
  it('lets everybody pass and writes nothing, but for the time of a success once a minute', () => {
    let state = NEW_CONNECTION;
    let writes = 0;
    for (let now = T0; now < T0 + 10 * MINUTE; now += 100) {
      expect(passageOf(state, 'run_a', now)).toEqual({ kind: 'pass' });
      const next = afterSuccess(state, 'run_a', now);
      if (next !== undefined) writes += 1;
      state = next ?? state;
    }
    expect(writes).toBe(10);
    expect(connectionHealth(state, T0 + 10 * MINUTE)).toBe('ok');
  });
});

describe('a canary', () => {
  it('is the run that opened it, or any that asks, after 5 s doubling to 60 s for as long as it fails', () => {
    let state = OPEN;
    let now = OPENED;
    const pauses: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const runId = count === 0 ? 'run_a' : `run_${count}`;
      const pauseMs = Date.parse(state.circuit?.nextCanaryAt ?? '') - now;
      pauses.push(pauseMs / SECOND);
      expect(passageOf(state, runId, now + pauseMs - 1).kind).toBe('wait');
      now += pauseMs;
      state = fails(canary(state, runId, now), now, runId);
      expect(state.circuit?.canaries).toBe(count + 1);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60, 60]);
    expect(waitOf(passageOf(OPEN, 'run_a', OPENED)).waitMs).toBe(5 * SECOND);
  });

  it('leaves the next one to others for 10 s when it has failed, so that one lost job keeps nobody else waiting', () => {
    const due = OPENED + 5 * SECOND;
    const failed = fails(canary(OPEN, 'run_a', due), due);
    expect(waitOf(passageOf(failed, 'run_a', due)).waitMs).toBe(20 * SECOND);
    expect(passageOf(failed, 'run_a', due + 20 * SECOND - 1).kind).toBe('wait');
    expect(passageOf(failed, 'run_b', due + 10 * SECOND).kind).toBe('canary');
    expect(passageOf(failed, 'run_a', due + 20 * SECOND).kind).toBe('canary');
  });

  it('comes after 30 s and then each minute where a key is refused: few calls in the time of grace', () => {
    let state = failing(3, 'refused');
    let now = T0 + 2 * SECOND;
    let calls = 3;
    // Alone: with others about, there is one each minute.
    while (now < T0 + 15 * MINUTE) {
      now += waitOf(passageOf(state, 'run_a', now)).waitMs;
      state = fails(canary(state, 'run_a', now), now, 'run_a', 'refused');
      calls += 1;
    }
    expect(calls).toBeLessThanOrEqual(19);
    expect(state.circuit?.since).toBe(isoTime(T0));
  });

  it('is sent once: what is saved first makes all the others wait', () => {
    const due = OPENED + 5 * SECOND;
    const sent = canary(OPEN, 'run_a', due);
    expect(sent.version).toBe(OPEN.version + 1);
    expect(passageOf(sent, 'run_b', due).kind).toBe('wait');
    expect(passageOf(sent, 'run_a', due).kind).toBe('wait');
    expect(passageOf(sent, 'run_b', due + 60 * SECOND - 1).kind).toBe('wait');
  });

  it('that is lost on its way is replaced after a minute, and what it says later changes nothing', () => {
    const due = OPENED + 5 * SECOND;
    const sent = canary(OPEN, 'run_a', due);
    const taken = canary(sent, 'run_b', due + 60 * SECOND);
    expect(taken.circuit).toMatchObject({ canary: 'run_b', canaries: 0 });
    expect(afterFailure(taken, { kind: 'failing', runId: 'run_a', message: '' }, due)).toBeUndefined();
    expect(afterSuccess(taken, 'run_a', due)).toBeUndefined();
  });

  it('closes the circuit with its success; replies to calls from before it opened neither close nor prolong it', () => {
    const due = OPENED + 5 * SECOND;
    const sent = canary(OPEN, 'run_a', due);
    expect(afterSuccess(sent, 'run_b', due)).toBeUndefined();
    expect(afterFailure(sent, { kind: 'failing', runId: 'run_b', message: '' }, due)).toBeUndefined();
    const closed = afterSuccess(sent, 'run_a', due + 200);
    expect(closed).toMatchObject({ failures: 0, reopenedAt: isoTime(due + 200) });
    expect(closed).not.toHaveProperty('circuit');
  });

  it('that meets another kind of trouble keeps it open from now: no key was refused for longer than that', () => {
    const due = OPENED + 5 * SECOND;
    const refused = fails(canary(OPEN, 'run_a', due), due, 'run_a', 'refused');
    expect(refused.circuit).toMatchObject({ why: 'refused', since: isoTime(due), openedAt: isoTime(OPENED) });
    expect(waitOf(passageOf(refused, 'run_b', due + 1))).toMatchObject({ why: 'refused' });
  });
});

describe('those who wait', () => {
  it('ask more seldom the longer it lasts, between 30 s and 5 min, and each at a time of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 48 * 60 * MINUTE }), fc.string(), (afterMs, name) => {
        const runId = `run_${name}_`;
        const circuit = OPEN.circuit && { ...OPEN.circuit, nextCanaryAt: isoTime(OPENED + afterMs + MINUTE) };
        const { waitMs } = waitOf(passageOf({ ...OPEN, ...(circuit && { circuit }) }, runId, OPENED + afterMs));
        expect(waitMs).toBeGreaterThanOrEqual(30 * SECOND);
        expect(waitMs).toBeLessThanOrEqual(5 * MINUTE);
      }),
    );
    const paused = pause(NEW_CONNECTION, {}, T0);
    const waits = Array.from({ length: 1_000 }, (_, index) => {
      return waitOf(passageOf(paused, `run_${index}`, T0 + 60 * MINUTE)).waitMs;
    });
    for (let from = 150; from < 300; from += 15) {
      const inSlice = waits.filter((ms) => ms >= from * SECOND && ms < (from + 15) * SECOND).length;
      expect(inSlice).toBeGreaterThan(60);
      expect(inSlice).toBeLessThan(140);
    }
  });
});

describe('growing waves', () => {
  it('begin at one call a second, double every ten seconds and are over after two minutes', () => {
    const due = OPENED + 5 * SECOND;
    const back = afterSuccess(canary(OPEN, 'run_a', due), 'run_a', due) ?? OPEN;
    expect([0, 9, 10, 20, 60, 110].map((at) => 1_000 / (waveSpacingMs(back, due + at * SECOND) ?? 0))).toEqual([
      1, 1, 2, 4, 64, 2_048,
    ]);
    expect(connectionHealth(back, due)).toBe('recovering');
    expect(waveSpacingMs(back, due + 2 * MINUTE)).toBeUndefined();
    expect(connectionHealth(back, due + 2 * MINUTE)).toBe('ok');
    expect(waveSpacingMs(OPEN, due)).toBeUndefined();
    expect(waveSpacingMs(NEW_CONNECTION, due)).toBeUndefined();
  });

  it('start anew when it fails again', () => {
    const due = OPENED + 5 * SECOND;
    let state = afterSuccess(canary(OPEN, 'run_a', due), 'run_a', due) ?? OPEN;
    for (let count = 0; count < 10; count += 1)
      state = fails(state, due + MINUTE, count === 9 ? 'run_b' : `run_${count}`);
    expect(waveSpacingMs(state, due + MINUTE)).toBeUndefined();
    const again = due + MINUTE + 5 * SECOND;
    const back = afterSuccess(canary(state, 'run_b', again), 'run_b', again) ?? state;
    expect(waveSpacingMs(back, again)).toBe(1_000);
  });
});

describe('a platform that asks for a pause', () => {
  it('is left alone by everybody until then, a canary too, and not for longer', () => {
    const told = afterTold(NEW_CONNECTION, 90 * SECOND, T0) ?? NEW_CONNECTION;
    expect(told.toldToWaitUntil).toBe(isoTime(T0 + 90 * SECOND));
    const wait = waitOf(passageOf(told, 'run_a', T0 + 30 * SECOND));
    expect(wait.why).toBe('told-to-wait');
    expect(wait.waitMs).toBeGreaterThanOrEqual(60 * SECOND);
    expect(wait.waitMs).toBeLessThanOrEqual(75 * SECOND);
    expect(connectionHealth(told, T0)).toBe('told-to-wait');
    expect(passageOf(told, 'run_a', T0 + 90 * SECOND)).toEqual({ kind: 'pass' });
    const both = { ...OPEN, toldToWaitUntil: isoTime(OPENED + MINUTE) };
    expect(waitOf(passageOf(both, 'run_a', OPENED + 30 * SECOND)).why).toBe('told-to-wait');
    expect(passageOf(both, 'run_a', OPENED + MINUTE).kind).toBe('canary');
  });

  it('is written down once, though hundreds are told; a longer pause stands, and none is longer than an hour', () => {
    const told = afterTold(NEW_CONNECTION, MINUTE, T0) ?? NEW_CONNECTION;
    for (const ms of [0, 500, 30 * SECOND, MINUTE, Number.NaN]) expect(afterTold(told, ms, T0 + 400)).toBeUndefined();
    expect(afterTold(told, 2 * MINUTE, T0)?.toldToWaitUntil).toBe(isoTime(T0 + 2 * MINUTE));
    expect(afterTold(told, Number.POSITIVE_INFINITY, T0)?.toldToWaitUntil).toBe(isoTime(T0 + 60 * MINUTE));
  });
});

describe('a pause by a person', () => {
  it('holds everybody, whatever else is the matter, until it is ended', () => {
    const paused = pause(
      { ...OPEN, toldToWaitUntil: isoTime(OPENED + MINUTE) },
      { by: 'k1', reason: 'repair' },
      OPENED,
    );
    expect(paused.paused).toEqual({ at: isoTime(OPENED), by: 'k1', reason: 'repair' });
    expect(waitOf(passageOf(paused, 'run_a', OPENED + 10 * SECOND)).why).toBe('paused');
    expect(waitOf(passageOf(paused, 'run_b', OPENED + 90 * MINUTE)).why).toBe('paused');
    expect(connectionHealth(paused, OPENED)).toBe('paused');
    const resumed = resume(paused);
    expect(resumed).toEqual({ ...paused, paused: undefined, version: paused.version + 1 });
    expect(passageOf(resume(pause(NEW_CONNECTION, {}, T0)), 'run_a', T0)).toEqual({ kind: 'pass' });
  });

  it('keeps its beginning when it is asked for again', () => {
    const again = pause(pause(NEW_CONNECTION, {}, T0), { reason: 'longer' }, T0 + MINUTE);
    expect(again.paused).toEqual({ at: isoTime(T0), reason: 'longer' });
  });

  it('outlives failures and successes', () => {
    const paused = pause(NEW_CONNECTION, {}, T0);
    expect(fails(paused, T0).paused).toEqual(paused.paused);
    expect(afterSuccess(paused, 'run_a', T0)?.paused).toEqual(paused.paused);
    expect(afterTold(paused, MINUTE, T0)?.paused).toEqual(paused.paused);
  });
});

describe('the optimistic lock', () => {
  it('goes up by one with each state to save', () => {
    const at = OPENED + 5 * SECOND;
    const states = [
      [NEW_CONNECTION, fails(NEW_CONNECTION, T0)],
      [OPEN, canary(OPEN, 'run_a', at)],
      [OPEN, fails(OPEN, at)],
      [OPEN, afterSuccess(OPEN, 'run_a', at)],
      [OPEN, afterTold(OPEN, MINUTE, at)],
      [OPEN, pause(OPEN, {}, at)],
      [OPEN, resume(OPEN)],
    ] as const;
    for (const [before, after] of states) expect(after?.version).toBe(before.version + 1);
  });
});
