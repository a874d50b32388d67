import { expect, it } from 'vitest';
import { filterWords } from '../../lib/console/model/filter-words.ts';

it('tells by what was looked for, so that nobody takes a filter for an empty system', () => {
  const filters = { statuses: ['FAILED', 'TIMED_OUT'], flow: 'write-offer', q: 'ORD', from: '7d' } as const;
  expect(filterWords(filters, (status) => status.toLowerCase())).toEqual([
    'status: failed, timed_out',
    'flow: write-offer',
    'search: ORD',
    'accepted: in the last 7 days',
  ]);
});

it('tells days from and to, and what a link had narrowed', () => {
  const filters = { statuses: [], businessKey: 'K', remoteId: 'R', from: '2026-11-01', to: '2026-11-03' };
  expect(filterWords(filters, String)).toEqual([
    'business key: K',
    'remote id: R',
    'accepted: from 2026-11-01 to 2026-11-03',
  ]);
});
