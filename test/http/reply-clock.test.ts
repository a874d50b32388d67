import { describe, expect, it } from 'vitest';
import { aheadMs } from '../../lib/http/reply.ts';

const NOW = Date.UTC(2026, 2, 2, 8);
const dated = (date: string | undefined) => ({ header: (name: string) => (name === 'date' ? date : undefined) });
const at = (ms: number) => dated(new Date(NOW + ms).toUTCString());

describe('the clock of a reply', () => {
  it.each([-86_400_000, -3_000, -2_000, 2_000, 3_000, 86_400_000])('is ahead of ours by %i ms', (ms) => {
    expect(aheadMs(at(ms), NOW)).toBe(ms);
  });

  it.each([-1_000, 0, 1_000])(
    'is taken for ours when it is off by %i ms: it tells whole seconds, and travels',
    (ms) => {
      expect(aheadMs(at(ms), NOW)).toBe(0);
    },
  );

  it.each([undefined, '', '0', 'yesterday', '2026-03-02T08:00:00Z', 'Mon, 31 Feb 2026 08:00:00 GMT'])(
    'is taken for ours when the reply says %j',
    (date) => {
      expect(aheadMs(dated(date), NOW)).toBe(0);
    },
  );
});
