/**
 * Token buckets in the one table. A container takes tokens in small leases, so that a busy key costs a write for each
 * dozen requests and not one for each.
 */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { Clock, RequestBuckets, Taken } from '../workflow/ports.ts';
import { createTable, type TableOptions } from './table.ts';
import { bucketKey } from './table-keys.ts';

export interface RequestBucketsOptions extends TableOptions {
  readonly clock: Clock;
  readonly nonce: () => string;
  /** What one key may ask for, for long. */
  readonly requestsPerSecond: number;
}

/** A bucket holds this many seconds' worth: what a key may ask for at once after a pause. */
const BURST_SECONDS = 2;
/** Leases a second; the share of a bucket that one container may hold unused. */
const LEASES_PER_SECOND = 10;
/** Containers that draw on one bucket at the same moment. */
const MAX_ROUNDS = 4;
const FORGET_SECONDS = 3_600;

interface Lease {
  left: number;
  /** Nothing is to be had before; epoch milliseconds. */
  emptyUntil: number;
}

const YES: Taken = { ok: true };

export function createRequestBuckets(options: RequestBucketsOptions): RequestBuckets {
  const { clock, nonce, requestsPerSecond: rate } = options;
  const table = createTable(options);
  const burst = Math.max(1, rate * BURST_SECONDS);
  const leaseSize = Math.max(1, Math.ceil(rate / LEASES_PER_SECOND));
  const leases = new Map<string, Lease>();
  const drawing = new Map<string, Promise<void>>();

  /** Tokens for a while, or the instant at which there will be one. */
  async function draw(keyId: string, lease: Lease): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const now = clock.now();
      const item = await table.get(bucketKey(keyId));
      const sinceMs = item === undefined ? 0 : Math.max(0, now - Number(item.at));
      const filled = item === undefined ? burst : Math.min(burst, Number(item.tokens) + (sinceMs / 1_000) * rate);
      if (filled < 1) {
        lease.emptyUntil = now + Math.ceil(((1 - filled) / rate) * 1_000);
        return;
      }
      const taken = Math.min(leaseSize, Math.floor(filled));
      const writeId = nonce();
      const written = await table.put(
        { ...bucketKey(keyId), tokens: filled - taken, at: now, writeId, ttl: Math.ceil(now / 1_000) + FORGET_SECONDS },
        item === undefined
          ? { expression: 'attribute_not_exists(pk)' }
          : { expression: 'writeId = :before', values: { ':before': String(item.writeId) } },
        (stored) => stored?.writeId === writeId,
      );
      if (!written) continue;
      lease.left += taken;
      return;
    }
    // So many draw at once that nobody is refused for it; the stage's own limit stands behind.
    lease.left += 1;
  }

  async function drawOnce(keyId: string, lease: Lease): Promise<void> {
    const under = drawing.get(keyId) ?? draw(keyId, lease).finally(() => drawing.delete(keyId));
    drawing.set(keyId, under);
    await under;
  }

  return {
    async take(keyId) {
      const lease = leases.get(keyId) ?? { left: 0, emptyUntil: 0 };
      leases.set(keyId, lease);
      for (;;) {
        if (lease.left >= 1) {
          lease.left -= 1;
          return YES;
        }
        const retryAfterMs = lease.emptyUntil - clock.now();
        if (retryAfterMs > 0) return { ok: false, retryAfterMs };
        try {
          await drawOnce(keyId, lease);
        } catch (error) {
          // A limit must not be what keeps people out while the table is away; the request itself will say so.
          if (error instanceof StoreUnavailableError) return YES;
          throw error;
        }
      }
    },
  };
}
