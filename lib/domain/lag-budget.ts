/** How late the end of a run may be noticed: a share of its duration, a time, or whichever of the two is longer. */
import { z } from 'zod';
import { parseDuration } from './duration.ts';

export interface LagBudget {
  /** Of the duration, between 0 and 1. */
  readonly share?: number;
  readonly ms?: number;
}

const SHARE = /^(\d{1,2}(?:\.\d+)?) ?%$/;
const EXPECTED = 'expected a share, a duration or both: "5%", "30s" or "5% or 30s"';

/** @returns undefined for what is no budget. */
export function parseLagBudget(text: string): LagBudget | undefined {
  const parts = text.split(' or ').map((part) => part.trim());
  const shares = parts.map((part) => SHARE.exec(part)?.[1]).filter((share) => share !== undefined);
  const times = parts.filter((part) => !SHARE.test(part)).map(parseDuration);
  if (shares.length > 1 || times.length > 1 || shares.some((share) => Number(share) === 0)) return undefined;
  if (times.some((ms) => ms === undefined || ms < 1_000)) return undefined;
  const [share] = shares;
  const [ms] = times;
  return { ...(share === undefined ? {} : { share: Number(share) / 100 }), ...(ms === undefined ? {} : { ms }) };
}

export const lagBudgetSchema = z.string(EXPECTED).transform((text, context): LagBudget => {
  const budget = parseLagBudget(text);
  if (budget !== undefined) return budget;
  context.addIssue(`${EXPECTED}; at least 1s`);
  return z.NEVER;
});
