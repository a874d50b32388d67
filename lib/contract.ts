/**
 * Strings and numbers that the template and the code must spell alike. Imports nothing, so that `infra` may import it.
 */

/** Environment variables of the functions, by meaning. */
export const ENV = {
  /** Path of the validated configuration (JSON) that is shipped beside each bundle. */
  config: 'ERRAND_CONFIG',
  table: 'ERRAND_TABLE',
  bucket: 'ERRAND_BUCKET',
  /** ARN (with alias) under which executions are started and the machine starts its next generation. */
  stateMachine: 'ERRAND_STATE_MACHINE_ARN',
  /** Name of the secret whose value is the root of all keys of our own (inputs at rest, fingerprints, API keys). */
  rootKeySecret: 'ERRAND_ROOT_KEY_SECRET',
  /** Short name of the deployment, a part of every API key. */
  environment: 'ERRAND_ENVIRONMENT',
  /** URL of the queue into which the sweep puts what needs a human. */
  falloutQueue: 'ERRAND_FALLOUT_QUEUE_URL',
  /** Name of the secret with which events are signed. */
  eventKeySecret: 'ERRAND_EVENT_KEY_SECRET',
  /** Requests a second that one API key may make for long. */
  requestsPerSecond: 'ERRAND_REQUESTS_PER_SECOND',
  /** Under what the functions count; the stack's name, so that two stacks in one account are told apart. */
  metricsNamespace: 'ERRAND_METRICS_NAMESPACE',
} as const;

/** The functions of the stack; each is `functions/<name>/handler.ts`. */
export const FUNCTIONS = [
  'start',
  'poll',
  'fetch-output',
  'release',
  'settle',
  'api',
  'intake',
  'sweep',
  'announce',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** What the state machine does next; decided in `lib/workflow`, routed by the template. */
export const NEXT = {
  wait: 'WAIT',
  fetch: 'FETCH',
  coolOff: 'COOL_OFF',
  /** Gives the run's slot at its platform to whoever is next. */
  release: 'RELEASE',
  /** The execution ends and the run waits; whoever frees a slot begins its next generation. */
  park: 'PARK',
  rollOver: 'ROLL_OVER',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
} as const;
export type Next = (typeof NEXT)[keyof typeof NEXT];

/** State names as they appear in the console, the history and the local overrides. */
export const STATES = {
  howBegun: 'HowBegun',
  accept: 'Accept',
  notAccepted: 'NotAccepted',
  start: 'Start',
  whatNext: 'WhatNext',
  unknownNext: 'UnknownNext',
  waitToPoll: 'WaitToPoll',
  poll: 'Poll',
  fetchOutput: 'FetchOutput',
  coolOff: 'CoolOff',
  releaseSlot: 'ReleaseSlot',
  parked: 'Parked',
  rollOver: 'RollOver',
  rolledOver: 'RolledOver',
  settle: 'Settle',
  settled: 'Settled',
  succeeded: 'Succeeded',
  failed: 'Failed',
} as const;

/**
 * The history of one execution holds 25,000 events. A lap takes nine, so 800 laps leave room for some 5,900 retries of
 * three events each: two days of a dependency that is down without a break. Past that the execution fails and its run is settled as fallout.
 */
export const MAX_LAPS = 800;

/** Lambda time limits. `start` is Lambda's longest, because some platforms answer only when the job has ended. */
export const TIMEOUT_SECONDS = {
  start: 900,
  poll: 120,
  'fetch-output': 300,
  release: 30,
  settle: 30,
  api: 29,
  intake: 30,
  sweep: 60,
  announce: 30,
} as const satisfies Record<FunctionName, number>;

/**
 * The limit of a start call that does not wait for the job. It is armed before the intent is written and a start always
 * opens a fresh connection, so nothing can leave after it: together with the list lag it is the fence.
 */
export const START_CALL_SECONDS = 20;

/** The longest start call that waits for the job. */
export const LONG_START_CALL_SECONDS = TIMEOUT_SECONDS.start - 30;

/**
 * A lap of the machine is three transitions ($75 a million laps): what a function of 256 MB costs for some 22 s of waiting.
 * So a look that is due about as soon is waited for within the function, up to so long in all.
 */
export const LOOK_HERE_SECONDS = { gap: 25, inAll: 75 } as const;

/** How messages are taken from the queue. A batch that breaks comes back only when nobody can be working on it any more. */
export const QUEUE = {
  batchSize: 10,
  visibilitySeconds: 6 * TIMEOUT_SECONDS.intake,
  maxReceives: 5,
  maxConcurrency: 10,
  /** Longest that SQS keeps anything. */
  retentionSeconds: 14 * 86_400,
} as const;

/** How notices of fallout are handed out; a consumer that breaks so often on one will not get past it. */
export const FALLOUT_QUEUE = { visibilitySeconds: 30, maxReceives: 10 } as const;

/** What the bus of our own tells, under this source. */
export const EVENT_SOURCE = 'errand';

/** Detail types on the bus; a write that brings one of these carries its name as the attribute `news`. */
export const NEWS = {
  accepted: 'Run Accepted',
  started: 'Run Started',
  waiting: 'Run Waiting For Input',
  slow: 'Run Slow',
  ended: 'Run Ended',
  fellOut: 'Run Fell Out',
  slotMissed: 'Schedule Slot Missed',
  slotSkipped: 'Schedule Slot Skipped',
} as const;
export type News = (typeof NEWS)[keyof typeof NEWS];

/** How long an accepted run may be absent from the platform's own list. */
export const LIST_LAG_SECONDS = 30;

/** A handler ends itself so long before Lambda would, to write down what it knows. */
export const TIMEOUT_MARGIN_MS = 2_000;

/** Lambda refused before it ran anything, so the call may be made again. */
const LAMBDA_NOT_RUN = ['Lambda.TooManyRequestsException'] as const;

/** Lambda or the worker broke; whether the function ran is unknown. */
const LAMBDA_MAYBE_RUN = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'States.Timeout',
] as const;

/** Errors that our functions let escape on purpose; Step Functions matches them as text. */
export const ERROR = {
  /** Our own time limit struck before Lambda's. */
  handlerTimeout: 'HandlerTimeoutError',
  /** DynamoDB, S3 or Secrets Manager did not serve us. */
  storeUnavailable: 'StoreUnavailableError',
  /** Somebody else wrote the run first; read again. */
  staleRun: 'StaleRunError',
} as const;

/** Error of a task whose input makes no sense, which it would meet again. */
export const INVALID_INPUT = 'InvalidInputError';

/**
 * All of these may be repeated for every task, the start included: a start that is entered again finds its own intent
 * in the record and never calls the provider twice.
 */
export const RETRYABLE = [...LAMBDA_NOT_RUN, ...LAMBDA_MAYBE_RUN, ...Object.values(ERROR)] as const;

/** What the functions count and an alarm watches; `circuitOpened` also counts each canary that failed. */
export const METRICS = { keyRefused: 'KeyRefused', circuitOpened: 'CircuitOpened' } as const;

/** Keys and indexes of the single table. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'ttl',
  indexes: {
    /** Runs of one flow, newest first. */
    byFlow: { name: 'by-flow', partitionKey: 'flowKey', sortKey: 'runKey' },
    /** Open runs and fallout, by status group; sparse. */
    byState: { name: 'by-state', partitionKey: 'stateKey', sortKey: 'runKey' },
    /** Runs with one business key, newest first; sparse. */
    byBusinessKey: { name: 'by-business-key', partitionKey: 'businessKey', sortKey: 'runKey' },
    /** All runs by month, newest first. */
    newest: { name: 'newest', partitionKey: 'monthKey', sortKey: 'runKey' },
  },
} as const;

/** How long a signed link to a file of an output works. */
export const FILE_LINK_SECONDS = 300;

/** Key prefixes in the bucket. */
export const OBJECTS = { inputs: 'inputs/', outputs: 'outputs/', staging: 'staging/' } as const;

/** The console page, built, beside the code of the function that serves it: its folder, what lists it, and two of its files. */
export const CONSOLE = {
  folder: 'console',
  manifest: 'manifest.json',
  index: 'index.html',
  workflow: 'workflow.json',
} as const;
