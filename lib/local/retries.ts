/** Whether a state that failed is tried again, and when: the `Retry` rules of the States Language. */
import type { Json } from '../domain/json.ts';

export interface Retries {
  /** The pause before the next attempt, in milliseconds; undefined when there is none. */
  next(error: Error & { readonly isRetryable?: boolean }): number | undefined;
}

interface Rule {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

const TIMEOUT = 'States.Timeout';

function matches({ ErrorEquals }: Rule, name: string): boolean {
  if (ErrorEquals.includes(name) || ErrorEquals.includes('States.ALL')) return true;
  return name !== TIMEOUT && ErrorEquals.includes('States.TaskFailed');
}

function pauseMs(rule: Rule, attempts: number, random: () => number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = rule;
  const ms = Math.min(IntervalSeconds * BackoffRate ** attempts, MaxDelaySeconds) * 1_000;
  return JitterStrategy === 'FULL' ? Math.round(random() * ms) : ms;
}

/** Counts the attempts of one state that was entered once; the first rule that knows an error decides. */
export function createRetries(rules: Json | undefined, random: () => number): Retries {
  const counted = ((rules ?? []) as unknown as readonly Rule[]).map((rule) => ({ rule, attempts: 0 }));
  return {
    next({ name, isRetryable = true }) {
      const found = counted.find(({ rule }) => isRetryable && matches(rule, name));
      if (!found || found.attempts >= (found.rule.MaxAttempts ?? 3)) return undefined;
      found.attempts += 1;
      return pauseMs(found.rule, found.attempts - 1, random);
    },
  };
}
