const asked = process.env.ERRAND_TESTS ?? 'share';
if (asked !== 'share' && asked !== 'whole')
  throw new Error(`ERRAND_TESTS is "${asked}"; it can be "share" or "whole".`);

/** How many of something a test tries: a share of them, or the whole where `ERRAND_TESTS=whole`, as before a release. */
export const shareOf = (whole: number, share: number): number => (asked === 'whole' ? whole : share);
