import { z } from 'zod';
import { MAX_DURATION_MS, parseDuration } from './duration.ts';

/** Schema of a duration in the configuration; its output is milliseconds. */
export const durationSchema = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= MAX_DURATION_MS) return ms;
  context.addIssue(`expected a duration such as "90s", "10m" or "2h", at most 364 days; got "${text.slice(0, 40)}"`);
  return z.NEVER;
});
