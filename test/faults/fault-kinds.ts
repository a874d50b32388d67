/** What can go wrong, and where. Pure data: who strikes is `strikes.ts`, what a strike does is where it happens. */
import type { FunctionName } from '../../lib/contract.ts';

/** A kind of effect: what a function does to the world outside. */
export type Effect =
  | 'invoke'
  | 'table-read'
  | 'table-write'
  | 'table-query'
  | 'machine'
  | 'secret'
  | 'bucket'
  | 'queue'
  | 'call-start'
  | 'call-read'
  | 'call-fetch'
  /** What happens to the world by itself. */
  | 'weather';

/** In which function; `world` for what happens outside of any. */
export type Step = FunctionName | 'world';

interface Kind {
  readonly at: readonly Effect[];
  /** How often, against the others at the same place, and against nothing where they weigh less than 1 together. @default 1 */
  readonly weight?: number;
  /** Steps in which it can be met at all. */
  readonly steps: readonly Step[];
}

const EVERYWHERE: readonly Effect[] = [
  'table-read',
  'table-write',
  'table-query',
  'machine',
  'secret',
  'bucket',
  'queue',
  'call-start',
  'call-read',
  'call-fetch',
];
const FUNCTIONS: readonly Step[] = ['api', 'intake', 'start', 'poll', 'fetch-output', 'release', 'settle', 'sweep'];
const CALLERS: readonly Step[] = ['start', 'poll', 'fetch-output'];
const WORLD: readonly Step[] = ['world'];

export const FAULT_KINDS = {
  'crash-before': { at: EVERYWHERE, steps: FUNCTIONS, weight: 0.5 },
  'crash-after': { at: EVERYWHERE, steps: FUNCTIONS, weight: 0.5 },
  /** It ran, but whoever called is told that it did not. */
  reinvoked: { at: ['invoke'], steps: ['intake', 'start', 'poll', 'fetch-output', 'release', 'settle', 'sweep'] },
  /** The caller gives up while it still runs, and calls again. */
  overlap: { at: ['invoke'], steps: ['intake', 'start', 'poll', 'fetch-output', 'release', 'settle', 'sweep'] },
  'function-throttled': { at: ['invoke'], steps: FUNCTIONS },
  'table-throttled': { at: ['table-read', 'table-write', 'table-query'], steps: FUNCTIONS },
  'table-reply-lost': { at: ['table-write'], steps: FUNCTIONS },
  'table-conflict': { at: ['table-write'], steps: FUNCTIONS },
  'stale-read': { at: ['table-query'], steps: ['sweep'] },
  'machine-throttled': { at: ['machine'], steps: ['api', 'intake', 'sweep', 'release'] },
  'machine-reply-lost': { at: ['machine'], steps: ['api', 'intake', 'sweep', 'release'] },
  'secret-throttled': { at: ['secret'], steps: ['start', 'poll', 'fetch-output', 'api', 'intake'] },
  'secret-absent': { at: ['secret'], steps: ['start', 'poll', 'fetch-output'], weight: 0.25 },
  'bucket-denied': { at: ['bucket'], steps: ['fetch-output'], weight: 2 },
  'bucket-reply-lost': { at: ['bucket'], steps: ['fetch-output'], weight: 2 },
  'queue-refused': { at: ['queue'], steps: ['sweep'] },
  refused: { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'tls-failed': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS, weight: 0.6 },
  'reset-refused': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'reset-accepted': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'server-error-refused': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'server-error-accepted': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  /** The connection breaks, and what was sent is taken only a while later. */
  'reset-accepted-late': { at: ['call-start'], steps: ['start'], weight: 4 },
  'timeout-accepted': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'slow-success': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'garbage-reply': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'html-reply': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'short-reply': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'huge-reply': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'status-401': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'status-404': { at: ['call-read', 'call-fetch'], steps: CALLERS },
  'status-429': { at: ['call-start', 'call-read', 'call-fetch'], steps: CALLERS },
  'unknown-word': { at: ['call-read'], steps: ['poll'] },
  'backward-word': { at: ['call-read'], steps: ['poll'], weight: 2 },
  /** A list of jobs that shows none. */
  'empty-list': { at: ['call-read'], steps: ['start'], weight: 5 },
  /** The answer is another job's. */
  'foreign-reply': { at: ['call-read'], steps: ['poll'], weight: 2 },
  'secret-rotated': { at: ['weather'], steps: WORLD },
  'clock-leap': { at: ['weather'], steps: WORLD },
  /** New code: every container goes once it is idle. */
  deploy: { at: ['weather'], steps: WORLD },
  /** New configuration: the flows lead elsewhere, or back. */
  'target-changed': { at: ['weather'], steps: WORLD, weight: 0.3 },
  'execution-stopped': { at: ['weather'], steps: WORLD, weight: 2 },
  /** Step Functions serves nobody, until messages have come back so often that they are dead. */
  'machine-down': { at: ['weather'], steps: WORLD, weight: 0.3 },
  'queue-duplicate': { at: ['weather'], steps: WORLD },
  'queue-redrive': { at: ['weather'], steps: WORLD },
  'sweep-twice': { at: ['weather'], steps: WORLD },
  'slot-twice': { at: ['weather'], steps: WORLD },
  'slot-missed': { at: ['weather'], steps: WORLD, weight: 0.5 },
  'request-again': { at: ['weather'], steps: WORLD },
  'request-canceled': { at: ['weather'], steps: WORLD, weight: 0.6 },
} as const satisfies Readonly<Record<string, Kind>>;

export type FaultKind = keyof typeof FAULT_KINDS;

export const KINDS = Object.keys(FAULT_KINDS) as readonly FaultKind[];

export const kindOf = (name: FaultKind): Kind => FAULT_KINDS[name];

/** Every place where a kind can be met: the cells of the first grid. */
export const CELLS: readonly (readonly [FaultKind, Step])[] = KINDS.flatMap((kind) =>
  kindOf(kind).steps.map((step) => [kind, step] as const),
);
