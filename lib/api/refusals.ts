/** What one container remembers of keys that were refused. Small, and gone with it. */
import type { Clock } from '../workflow/ports.ts';
import type { KnownDigests } from './keys.ts';

const MINUTE_MS = 60_000;
/** Far more than mistakes make, far fewer than guessing needs. */
const REFUSALS_PER_MINUTE = 100;
const MAX_ENTRIES = 10_000;

/** Forgets after a minute, and the oldest first when there are too many. */
function createShortMemory<Value>(clock: Clock) {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get(name: string) {
      const entry = entries.get(name);
      return entry !== undefined && clock.now() < entry.until ? entry : undefined;
    },
    set(name: string, value: Value, until = clock.now() + MINUTE_MS): void {
      entries.delete(name);
      entries.set(name, { value, until });
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    },
  };
}

export function rememberDigests(clock: Clock): KnownDigests {
  const memory = createShortMemory<string>(clock);
  return { get: (keyId) => memory.get(keyId)?.value, set: (keyId, digest) => memory.set(keyId, digest) };
}

export interface RefusalCounter {
  /** Counts one more refusal of an address; where there were too many, how long it stays so. */
  count(address: string): { readonly retryAfterMs: number } | undefined;
}

export function countRefusals(clock: Clock): RefusalCounter {
  const memory = createShortMemory<number>(clock);
  return {
    count(address) {
      const entry = memory.get(address);
      const { value: before, until } = entry ?? { value: 0, until: clock.now() + MINUTE_MS };
      if (before >= REFUSALS_PER_MINUTE) return { retryAfterMs: until - clock.now() };
      memory.set(address, before + 1, until);
      return undefined;
    },
  };
}
