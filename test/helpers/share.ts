/** How many of something a test tries: a share of them, or the whole where `ERRAND_TESTS=whole`, as before a release. */
export const shareOf = (whole: number, share: number): number => (process.env.ERRAND_TESTS === 'whole' ? whole : share);
