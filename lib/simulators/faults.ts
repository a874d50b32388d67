/** Faults a simulator can be told to show on the wire. `…-after` faults strike when the platform has already acted. */
import { z } from 'zod';

const faultSchema = z.discriminatedUnion('kind', [
  /** This answer instead of the platform's; the platform never sees the request. */
  z.strictObject({
    kind: z.literal('reply'),
    status: z.int().min(200).max(599),
    body: z.string().default(''),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  /** The platform acts, but this is what the client reads. */
  z.strictObject({
    kind: z.literal('reply-after'),
    status: z.int().min(200).max(599),
    body: z.string().default(''),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('reset-after') }),
  /** Headers never come. */
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('hang-after') }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0) }),
  /** The connection is cut after so many bytes of the body, with or without its length announced. */
  z.strictObject({ kind: z.literal('cut-body'), bytes: z.int().min(0), announceLength: z.boolean().default(true) }),
  /** One byte at a time. */
  z.strictObject({ kind: z.literal('drip'), everyMs: z.int().min(1) }),
]);
export type Fault = z.output<typeof faultSchema>;

export const faultRuleSchema = z.strictObject({
  method: z.string().optional(),
  /** Regular expression on the path and query. */
  path: z.string().default(''),
  /** Matching requests to let through first. */
  skip: z.int().min(0).default(0),
  /** How many matching requests it strikes. */
  times: z.int().min(1).default(1),
  /** Gone after so long, whether it has struck or not. Absent: it waits. */
  forMs: z.int().min(1).optional(),
  fault: faultSchema,
});
export type FaultRule = z.input<typeof faultRuleSchema>;

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** The fault for this request, used up by asking. */
  take(method: string, path: string): Fault | undefined;
}

interface Rule {
  readonly method: string | undefined;
  readonly path: RegExp;
  readonly untilMs: number;
  readonly fault: Fault;
  skip: number;
  times: number;
}

/** @param now the platform's clock, epoch milliseconds. */
export function createFaults(now: () => number): Faults {
  let rules: Rule[] = [];
  return {
    add(rule) {
      const { method, path, forMs, ...rest } = faultRuleSchema.parse(rule);
      const untilMs = forMs === undefined ? Number.POSITIVE_INFINITY : now() + forMs;
      rules = rules.filter((one) => one.times > 0 && one.untilMs > now());
      rules.push({ method, path: new RegExp(path), untilMs, ...rest });
    },
    clear() {
      rules = [];
    },
    take(method, path) {
      const isMeant = (rule: Rule) => (rule.method ?? method) === method && rule.path.test(path);
      const rule = rules.find((one) => one.times > 0 && one.untilMs > now() && isMeant(one));
      if (rule === undefined) return undefined;
      if (rule.skip > 0) {
        rule.skip -= 1;
        return undefined;
      }
      rule.times -= 1;
      return rule.fault;
    },
  };
}
