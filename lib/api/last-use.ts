import { isoTime } from '../domain/record.ts';
import type { ApiKeyRecord, Dependencies } from '../workflow/ports.ts';

/** A write for each request would cost more than what it tells. */
const EVERY_MS = 3_600_000;

/** Notes that a key was used, at most once an hour; a note that cannot be written is nobody's problem. */
export type NoteUse = (record: ApiKeyRecord) => Promise<void>;

export function createUseNotes({ keys, clock }: Pick<Dependencies, 'keys' | 'clock'>): NoteUse {
  const triedAt = new Map<string, number>();
  return async (record) => {
    const now = clock.now();
    const last = Math.max(Date.parse(record.lastUsedAt ?? '') || 0, triedAt.get(record.keyId) ?? 0);
    if (now - last < EVERY_MS) return;
    triedAt.set(record.keyId, now);
    // The store takes no record of a key that was revoked meanwhile.
    await keys.put({ ...record, lastUsedAt: isoTime(now) }).catch(() => {});
  };
}
