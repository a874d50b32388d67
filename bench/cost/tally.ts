/** Adds up what the runtime's meter tells, and what it costs. */
import type { FunctionName } from '../../lib/contract.ts';
import { PRICES } from '../../lib/domain/prices.ts';
import type { Use } from '../../lib/local/meter.ts';

/** Memory by function, in MB. */
export type Memory = Readonly<Partial<Record<FunctionName, number>>>;

export interface Line {
  readonly what: string;
  readonly count: number;
  /** Milliseconds of a function, units of the table. */
  readonly amount: number;
  readonly dollars: number;
}

export interface Totals {
  readonly transitions: number;
  readonly dollars: number;
  readonly lambdaGbSeconds: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly invocations: number;
  readonly secretReads: number;
}

export interface Tally {
  add(use: Use): void;
  totals(): Totals;
  /** The dearest first. */
  lines(): readonly Line[];
}

interface Sum {
  count: number;
  amount: number;
  dollars: number;
}

/** A pipe calls the function once for each of its requests. */
const OF_THE_PIPE: FunctionName = 'announce';
const OF_THE_API: FunctionName = 'api';

export function createTally(memory: Memory): Tally {
  const sums = new Map<string, Sum>();
  const tries = { tasks: 0, entered: 0 };
  const totals = { transitions: 0, lambdaGbSeconds: 0, readUnits: 0, writeUnits: 0, invocations: 0, secretReads: 0 };
  const tasksEntered = new Map<string, string>();

  function book(what: string, dollars: number, amount = 0): void {
    const sum = sums.get(what) ?? { count: 0, amount: 0, dollars: 0 };
    sums.set(what, { count: sum.count + 1, amount: sum.amount + amount, dollars: sum.dollars + dollars });
  }

  function transition(what: string): void {
    totals.transitions += 1;
    book(what, PRICES.transition);
  }

  function invocation(name: FunctionName, durationMs: number): void {
    const billedMs = Math.ceil(durationMs);
    const gbSeconds = ((memory[name] ?? 128) / 1_024) * (billedMs / 1_000);
    totals.invocations += 1;
    totals.lambdaGbSeconds += gbSeconds;
    book(`function ${name}`, PRICES.invocation + gbSeconds * PRICES.gbSecond, billedMs);
    if (name === OF_THE_PIPE) book('pipe', PRICES.pipeRequest);
    if (name === OF_THE_API) book('API request', PRICES.apiRequest);
  }

  const REQUESTS = {
    secrets: () => {
      totals.secretReads += 1;
      book('secret', PRICES.secretRead);
    },
    queue: (operation: string) => book(`queue ${operation}`, PRICES.queueRequest),
    bucket: (method: string) =>
      book(`bucket ${method}`, method === 'GET' || method === 'HEAD' ? PRICES.objectRead : PRICES.objectWrite),
  } as const;

  const BOOKS: { readonly [Kind in Use['kind']]: (use: Extract<Use, { kind: Kind }>) => void } = {
    state({ execution, state }) {
      transition(`state ${state}`);
      tasksEntered.set(execution, state);
    },
    /** The first try of a state that was entered is paid with the state. */
    try({ execution, state }) {
      tries.tasks += 1;
      if (tasksEntered.get(execution) !== state) transition(`retry ${state}`);
      tasksEntered.delete(execution);
    },
    invocation: ({ name, durationMs }) => invocation(name, durationMs),
    table({ operation, about, readUnits, writeUnits }) {
      totals.readUnits += readUnits;
      totals.writeUnits += writeUnits;
      const dollars = readUnits * PRICES.readUnit + writeUnits * PRICES.writeUnit;
      book(`table ${operation} ${about}`, dollars, readUnits + writeUnits);
    },
    request: ({ service, operation }) => REQUESTS[service](operation),
    events({ count }) {
      for (let event = 0; event < count; event += 1) book('event', PRICES.event);
    },
  };

  return {
    add: (use) => (BOOKS[use.kind] as (any: Use) => void)(use),
    totals: () => ({ ...totals, dollars: [...sums.values()].reduce((sum, { dollars }) => sum + dollars, 0) }),
    lines: () =>
      [...sums].map(([what, sum]) => ({ what, ...sum })).sort((a, b) => b.dollars - a.dollars || b.count - a.count),
  };
}
