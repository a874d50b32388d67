import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { Started } from '../../lib/providers/provider.ts';
import { isTelling, keepable } from '../../lib/workflow/telling-id.ts';

const scrubber = createScrubber(['canary-key']);

describe('an id that tells a secret', () => {
  it('is one by itself or by anything in its handle', () => {
    expect(isTelling(scrubber, { remoteId: 'run-canary-key' })).toBe(true);
    expect(isTelling(scrubber, { remoteId: 'r1', handle: { a: ['b', { c: 'canary-key' }] } })).toBe(true);
    expect(isTelling(scrubber, { remoteId: 'r1', handle: { a: ['b', 7] } })).toBe(false);
    expect(isTelling(scrubber, {})).toBe(false);
  });

  it('makes an acceptance nothing that could be kept, because every look would go by it', () => {
    const started: Started = { kind: 'accepted', remoteId: 'r1', handle: 'r1', status: 'RUNNING' };
    expect(keepable(started, scrubber)).toBe(started);
    expect(keepable({ ...started, remoteId: 'canary-key' }, scrubber)).toBeUndefined();
    expect(keepable({ ...started, handle: 'canary-key' }, scrubber)).toBeUndefined();
  });

  it('is left out of an end, which is known without it', () => {
    const ended: Started = { kind: 'ended', remoteId: 'r1', verdict: { status: 'SUCCEEDED' } };
    expect(keepable(ended, scrubber)).toBe(ended);
    expect(keepable({ ...ended, remoteId: 'canary-key' }, scrubber)).toStrictEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED' },
    });
  });
});
