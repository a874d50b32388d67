/** What every run store owes those who page through its runs. */
import fc from 'fast-check';
import { encodeTime } from 'ulid';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { OPEN_STATUSES, STATUSES, type Status } from '../../lib/domain/status.ts';
import type { PageRequest, RunPage, RunQuery, RunStore } from '../../lib/workflow/ports.ts';
import { newRun, nextVersion } from '../helpers/runs.ts';

/** What these tests take for now, for stores with a clock. */
export const LISTED_AT = Date.parse('2026-11-21T10:00:00.000Z');

/** Both sides of the borders of months and years, a leap day, and as far back as a run can lie. */
const TIMES = [
  ...['2024-10-15T00:00:00.000Z', '2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.000Z', '2026-02-28T23:59:59.999Z'],
  ...['2026-03-01T00:00:00.000Z', '2026-10-31T23:59:59.999Z', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.001Z'],
  ...['2026-11-21T09:59:59.999Z', '2026-11-21T10:00:00.000Z'],
].map((at) => Date.parse(at));
const FLOWS = ['onboard', 'offboard', 'invoice'];
const BUSINESS_KEYS = ['order 7', 'order 8'];

const time = fc.oneof(fc.constantFrom(...TIMES), fc.integer({ min: TIMES[0] ?? 0, max: LISTED_AT }));
const tail = fc.oneof(
  fc.constantFrom('0'.repeat(16), `${'0'.repeat(15)}1`, 'Z'.repeat(16)),
  fc.integer({ min: 0, max: 32 ** 9 }).map((number) => number.toString().padStart(16, '0')),
);

/** Ids as in production: the instant of acceptance, then chance. */
export function runAt(at: number, digits: string, fields: Partial<Run> = {}): Run {
  const iso = new Date(at).toISOString();
  return newRun({ id: `run_${encodeTime(at, 10)}${digits}`, createdAt: iso, updatedAt: iso, ...fields });
}

const run = fc
  .record({
    at: time,
    digits: tail,
    flowId: fc.constantFrom(...FLOWS),
    status: fc.constantFrom<Status>(...STATUSES, 'FALLOUT', 'FALLOUT'),
    businessKey: fc.option(fc.constantFrom(...BUSINESS_KEYS), { nil: undefined }),
    isPublished: fc.boolean(),
  })
  .map(({ at, digits, flowId, status, businessKey, isPublished }) =>
    runAt(at, digits, {
      flowId,
      status,
      ...(businessKey === undefined ? {} : { businessKey }),
      ...(status === 'FALLOUT'
        ? { fallout: { reason: 'REMOTE_LOST' as const, ...(isPublished ? { publishedAt: 'then' } : {}) } }
        : {}),
    }),
  );

const bound = fc.tuple(time, fc.constantFrom(-1, 0, 0.5, 1)).map(([at, offset]) => at + offset);
const query: fc.Arbitrary<RunQuery> = fc.record(
  {
    flows: fc.subarray(FLOWS),
    statuses: fc.oneof(
      fc.subarray([...STATUSES]),
      fc.subarray([...OPEN_STATUSES, 'FALLOUT' as const]),
      fc.constant<readonly Status[]>(['FALLOUT']),
    ),
    businessKey: fc.constantFrom(...BUSINESS_KEYS),
    from: bound,
    to: bound,
  },
  { requiredKeys: [] },
);
const runs = fc.uniqueArray(run, { maxLength: 14, selector: ({ id }) => id });

function isWanted({ flows, statuses, businessKey, from, to }: RunQuery, { flowId, status, ...rest }: Run): boolean {
  const at = Date.parse(rest.createdAt);
  const isOfFlow = flows?.includes(flowId) ?? true;
  const isInTime = at >= (from ?? Number.NEGATIVE_INFINITY) && at < (to ?? Number.POSITIVE_INFINITY);
  const isOfBusiness = businessKey === undefined || rest.businessKey === businessKey;
  return isOfFlow && isInTime && isOfBusiness && (statuses?.includes(status) ?? true);
}

const idsOf = (list: readonly Run[]) => list.map(({ id }) => id);

/** All pages in one, with something happening between them. */
export async function walk(
  read: (page: PageRequest) => Promise<RunPage>,
  limit: number,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly Run[]> {
  const seen: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.runs.length).toBeLessThanOrEqual(limit);
    seen.push(...page.runs);
    cursor = page.cursor;
    await between();
  } while (cursor !== undefined);
  return seen;
}

/** @param createEmpty makes a store of its own whose clock stands at `LISTED_AT`. */
export function describeRunLists(name: string, createEmpty: () => Promise<RunStore>): void {
  describe(`${name} as a list of runs`, () => {
    it('shows every run that matches once, newest first, whatever comes in between two pages', async () => {
      const limit = fc.integer({ min: 1, max: 6 });
      await fc.assert(
        fc.asyncProperty(
          runs,
          fc.array(query, { minLength: 1, maxLength: 6 }),
          limit,
          async (stored, queries, size) => {
            const store = await createEmpty();
            for (const one of stored) await store.create(one);
            let newer = 0;
            for (const wanted of queries) {
              const seen = await walk(
                (page) => store.list(wanted, page),
                size,
                async () => {
                  newer += 1;
                  await store.create(runAt(LISTED_AT + newer, '0'.repeat(16), { flowId: FLOWS[newer % 3] ?? '' }));
                },
              );
              const older = seen.filter(({ createdAt }) => Date.parse(createdAt) <= LISTED_AT);
              const matching = stored.filter((one) => isWanted(wanted, one));
              expect(idsOf(older)).toEqual(idsOf(matching).sort().reverse());
              expect(idsOf(seen)).toEqual([...new Set(idsOf(seen))].sort().reverse());
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it('gives the records as they are now, not as the index last knew them', async () => {
      const store = await createEmpty();
      const accepted = runAt(LISTED_AT, '0'.repeat(16));
      await store.create(accepted);
      const ended = nextVersion(accepted, { status: 'FAILED' });
      await store.save(ended);
      expect(await store.list({}, { limit: 5 })).toEqual({ runs: [ended] });
      expect(await store.list({ statuses: ['FAILED'] }, { limit: 5 })).toEqual({ runs: [ended] });
      expect(await store.list({ statuses: ['ACCEPTED'] }, { limit: 5 })).toEqual({ runs: [] });
    });

    it('has no cursor at the end, even when the last page is full', async () => {
      const store = await createEmpty();
      const both = ['0', '1'].map((digit) => runAt(LISTED_AT, digit.repeat(16)));
      for (const one of both) await store.create(one);
      const first = await store.list({}, { limit: 1 });
      expect(first).toEqual({ runs: [both[1]], cursor: both[1]?.id });
      expect(await store.list({}, { limit: 1, cursor: both[1]?.id ?? '' })).toEqual({ runs: [both[0]] });
    });

    it('shows nothing where no flow is allowed, because an empty list is a condition too', async () => {
      const store = await createEmpty();
      await store.create(runAt(LISTED_AT, '0'.repeat(16), { businessKey: 'order 7' }));
      for (const more of [{}, { businessKey: 'order 7' }, { statuses: ['ACCEPTED'] as const }])
        expect(await store.list({ ...more, flows: [] }, { limit: 5 })).toEqual({ runs: [] });
      expect(await store.list({ statuses: [] }, { limit: 5 })).toEqual({ runs: [] });
    });

    it.each([Number.MIN_SAFE_INTEGER, -1, 0, 2 ** 48, Number.MAX_SAFE_INTEGER])(
      'takes any instant as a bound, even %d, which no id can hold',
      async (instant) => {
        const store = await createEmpty();
        const one = runAt(LISTED_AT, '0'.repeat(16));
        await store.create(one);
        for (const flows of [{}, { flows: [one.flowId] }]) {
          const from = await store.list({ ...flows, from: instant }, { limit: 5 });
          const to = await store.list({ ...flows, to: instant }, { limit: 5 });
          expect([from.runs, to.runs]).toEqual(instant <= LISTED_AT ? [[one], []] : [[], [one]]);
        }
      },
    );

    it('hands out unpublished fallout oldest first, and each no more once it is published', async () => {
      await fc.assert(
        fc.asyncProperty(runs, fc.integer({ min: 1, max: 4 }), async (stored, limit) => {
          const store = await createEmpty();
          for (const one of stored) await store.create(one);
          const fallout = stored.filter(({ status }) => status === 'FALLOUT');
          const due = idsOf(fallout.filter((one) => one.fallout?.publishedAt === undefined)).sort();
          expect(idsOf(await walk(store.unpublished, limit))).toEqual(due);
          const first = fallout.find(({ id }) => id === due[0]);
          if (first === undefined) return;
          await store.save(nextVersion(first, { fallout: { reason: 'REMOTE_LOST', publishedAt: 'now' } }));
          expect(idsOf(await walk(store.unpublished, limit))).toEqual(due.slice(1));
          const listed = await walk((page) => store.list({ statuses: ['FALLOUT'] }, page), limit);
          expect(idsOf(listed)).toEqual(idsOf(fallout).sort().reverse());
        }),
        { numRuns: 20 },
      );
    });
  });
}
