/**
 * Runs, their timelines and flows as the API shows them: every field for programs, those that people are told
 * are named. Words that a newer Errand may add to are texts here.
 */
import { z } from 'zod';

/** A name or word of Errand’s own: nothing in it could be mistaken for anything else on a terminal. */
const word = z.string().regex(/^[\w.:-]{1,256}$/);

const jsonObject = z.record(z.string(), z.json());

const errorSchema = z.looseObject({ code: word, message: z.string() });

const pastAttemptSchema = z.looseObject({
  attempt: z.number(),
  status: z.string(),
  remoteId: z.string().exactOptional(),
  startedAt: z.string().exactOptional(),
  endedAt: z.string(),
  error: z.string().exactOptional(),
});

export const shownRunSchema = z.looseObject({
  id: z.string().regex(/^run_[0-9A-Z]{26}$/),
  flowId: word,
  connection: word,
  provider: word,
  status: word,
  remoteStatus: z.string().exactOptional(),
  remoteId: z.string().exactOptional(),
  progress: z
    .looseObject({ percentage: z.number().exactOptional(), message: z.string().exactOptional() })
    .exactOptional(),
  waitingFor: z
    .looseObject({
      kind: z.string(),
      url: z.string().exactOptional(),
      form: jsonObject.exactOptional(),
      answerable: z.boolean().exactOptional(),
    })
    .exactOptional(),
  attempt: z.number(),
  maxAttempts: z.number(),
  attempts: z.array(pastAttemptSchema).exactOptional(),
  trigger: z.string(),
  createdAt: z.string(),
  startedAt: z.string().exactOptional(),
  updatedAt: z.string(),
  endedAt: z.string().exactOptional(),
  deadline: z.string(),
  queue: z
    .looseObject({
      position: z.number().exactOptional(),
      since: z.string(),
      expectedStartAt: z.string().exactOptional(),
    })
    .exactOptional(),
  heldBack: z.looseObject({ why: z.string(), since: z.string() }).exactOptional(),
  nextLookAt: z.string().exactOptional(),
  nextLookWhy: z.string().exactOptional(),
  expectedEndAt: z.string().exactOptional(),
  duration: z
    .looseObject({
      p05Ms: z.number().exactOptional(),
      p50Ms: z.number(),
      p95Ms: z.number(),
      runs: z.number().exactOptional(),
    })
    .exactOptional(),
  slowSince: z.string().exactOptional(),
  looks: z.number(),
  businessKey: z.string().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  parameters: jsonObject,
  error: errorSchema.exactOptional(),
  fallout: z.looseObject({ reason: word, evidence: jsonObject.exactOptional() }).exactOptional(),
  cancel: z
    .looseObject({
      requestedAt: z.string(),
      remote: z.enum(['confirmed', 'unconfirmed', 'unsupported']).exactOptional(),
    })
    .exactOptional(),
  lateVerdict: z.looseObject({ status: z.string() }).exactOptional(),
  orphans: z.array(z.string()).exactOptional(),
  output: z
    .looseObject({ available: z.boolean(), bytes: z.number(), missing: z.string().exactOptional() })
    .exactOptional(),
  rerunOf: z.string().exactOptional(),
  links: z.looseObject({ browser: z.string().exactOptional(), execution: z.string() }),
});
export type ShownRun = z.output<typeof shownRunSchema>;

export const runPageSchema = z.looseObject({
  items: z.array(shownRunSchema),
  nextCursor: z.string().exactOptional(),
});

const shownEventSchema = z.looseObject({
  seq: z.number(),
  at: z.string(),
  type: word,
  status: word.exactOptional(),
  message: z.string(),
  data: jsonObject.exactOptional(),
});
export type ShownEvent = z.output<typeof shownEventSchema>;

export const eventPageSchema = z.looseObject({
  items: z.array(shownEventSchema),
  nextCursor: z.string().exactOptional(),
});

/** Of one parameter, as JSON Schema says it. */
const fieldSchema = z.looseObject({
  type: z.string().exactOptional(),
  format: z.string().exactOptional(),
  description: z.string().exactOptional(),
  default: z.json().exactOptional(),
  writeOnly: z.boolean().exactOptional(),
});
export type ShownField = z.output<typeof fieldSchema>;

export const shownFlowSchema = z.looseObject({
  id: word,
  connection: word,
  provider: word,
  description: z.string().exactOptional(),
  parametersSchema: z.looseObject({
    properties: z.record(word, fieldSchema).default({}),
    required: z.array(z.string()).default([]),
  }),
  rawBody: z.boolean().exactOptional(),
  deadline: z.string(),
  schedule: z
    .looseObject({ cron: z.string(), timezone: z.string(), nextAt: z.string().exactOptional() })
    .exactOptional(),
  duration: z.looseObject({
    p50Ms: z.number().exactOptional(),
    p95Ms: z.number().exactOptional(),
    runs: z.number().exactOptional(),
  }),
});
export type ShownFlow = z.output<typeof shownFlowSchema>;

export const flowPageSchema = z.looseObject({ items: z.array(shownFlowSchema) });

export const shownOutputSchema = z.looseObject({
  value: z.json().exactOptional(),
  files: z.array(
    z.looseObject({
      name: z.string(),
      mediaType: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      href: z.string(),
    }),
  ),
  missing: z.string().exactOptional(),
});
export type ShownOutput = z.output<typeof shownOutputSchema>;
export type ShownFile = ShownOutput['files'][number];
