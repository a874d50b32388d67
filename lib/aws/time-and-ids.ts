import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ulid } from 'ulid';
import type { Ids, Timer } from '../workflow/ports.ts';

/** The machine's own. */
export const clock: Timer = {
  now: () => Date.now(),
  // Cut short is as good as over: whoever waits looks at its signal next.
  sleep: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

export const nonce = () => randomBytes(16).toString('hex');

export const ids: Ids = { runId: (now) => `run_${ulid(now)}`, nonce };
