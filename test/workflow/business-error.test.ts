import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { Verdict } from '../../lib/domain/run.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { verdictOf } from '../../lib/workflow/words.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const FAILED = { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'Input count mismatch.' } } as const;

/** The life of one run whose every attempt ends so, with up to three attempts. */
async function live(verdict: Verdict, maxAttempts = 3) {
  let starts = 0;
  const session: ProviderSession = {
    async start() {
      starts += 1;
      return { kind: 'ended', remoteId: `r${starts}`, verdict };
    },
  };
  const world = createWorld({ session, config: testConfig({ retry: { maxAttempts, coolOff: '5s' } }) });
  const { id } = await world.accept();
  const state = await world.drive(id);
  const ended = (await world.store.events(id)).find(({ type }) => type === 'ended');
  return { next: state.next, starts, said: ended?.message ?? '' };
}

describe('a business error', () => {
  it('is not tried again, because the platform would refuse the same request again; the timeline says so', async () => {
    const { next, starts, said } = await live({ ...FAILED, class: 'business' });
    expect({ next, starts }).toEqual({ next: 'FAILED', starts: 1 });
    expect(said).toMatch(/^Input count mismatch\. No further attempt follows: .*business error/);
  });

  it('says nothing of attempts where none would have followed anyway', async () => {
    expect((await live({ ...FAILED, class: 'business' }, 1)).said).toBe('Input count mismatch.');
  });

  it.each([undefined, 'technical'] as const)(
    'differs from a failure of class %s, which is tried again',
    async (kind) => {
      const { next, starts, said } = await live({ ...FAILED, ...(kind === undefined ? {} : { class: kind }) });
      expect({ next, starts, said }).toEqual({ next: 'FAILED', starts: 3, said: 'Input count mismatch.' });
    },
  );

  it('keeps its class on the way into the record', () => {
    const verdict = { ...FAILED, remoteStatus: 'success', class: 'business' } as const;
    expect(verdictOf(createScrubber([]), verdict)).toEqual(verdict);
    expect(verdictOf(createScrubber([]), FAILED)).not.toHaveProperty('class');
  });
});
