/** The use cases' world in memory: a clock that moves when told, a platform that does what a test says, every effect counted. */
import { type Config, configSchema } from '../../lib/domain/config.ts';
import { SecretUnavailableError } from '../../lib/domain/errors.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { ExecutionInput, MachineState } from '../../lib/domain/machine-state.ts';
import type { Run, RunOutput } from '../../lib/domain/run.ts';
import type { ProviderOutput, ProviderSession, Turn } from '../../lib/providers/provider.ts';
import { acceptRun, type RunRequest } from '../../lib/workflow/accept-run.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import type { ApiKeyRecord, Dependencies, FalloutNotice, OpenSession, PlainInput } from '../../lib/workflow/ports.ts';
import { releaseSlot } from '../../lib/workflow/release-slot.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createMemoryConnectionStates } from './memory-connection-states.ts';
import { createMemoryFlowHistories } from './memory-flow-histories.ts';
import { createMemoryInFlight } from './memory-in-flight.ts';
import { createMemoryRequestBudgets } from './memory-request-budgets.ts';
import { createMemoryRunStore, type MemoryRunStore } from './memory-run-store.ts';
import { createMemoryScheduleStore } from './memory-schedule-store.ts';

export const START_OF_TIME = Date.parse('2026-03-02T08:00:00Z');

export interface WorldOptions {
  readonly session: ProviderSession;
  readonly config?: Config;
  /** What `connections.open` answers; default: the session under one key. */
  readonly open?: (wanted: 'cached' | 'current' | 'previous') => Omit<OpenSession, 'metered'> | undefined;
  readonly store?: (output: ProviderOutput) => Promise<RunOutput>;
}

export interface World {
  readonly dependencies: Dependencies;
  readonly store: MemoryRunStore;
  /** What the fallout queue was given. */
  readonly notices: FalloutNotice[];
  /** Executions that were begun, in order. */
  readonly started: ExecutionInput[];
  readonly logged: string[];
  /** Names of all effects, in order. */
  readonly effects: string[];
  /** Called before and after each effect; may throw to end the invocation there, or do something else meanwhile. */
  boundary: (effect: string, when: 'before' | 'after') => void | Promise<void>;
  advance(ms: number): void;
  now(): number;
  accept(request?: Partial<RunRequest>): Promise<Run>;
  run(id: string): Promise<Run>;
  /** Follows the machine by its own routing until it ends; waits cost no time. */
  drive(runId: string, limit?: number): Promise<MachineState>;
  step(state: MachineState): Promise<MachineState>;
  /** As `step`, without the wait before it. */
  next(state: MachineState): Promise<MachineState>;
  /** The execution dies, and nobody is told. */
  endExecution(runId: string, generation: number): void;
}

export function testConfig(flow: object = {}): Config {
  return configSchema.parse({
    connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
    flows: {
      onboard: {
        connection: 'acme',
        target: {},
        parameters: {
          name: { type: 'text', apiName: 'employee_name' },
          email: { type: 'email', sensitive: true },
        },
        deadline: '2h',
        ...flow,
      },
    },
  });
}

export function createWorld(options: WorldOptions): World {
  const { config = testConfig() } = options;
  let now = START_OF_TIME;
  let serial = 0;
  const logged: string[] = [];
  const effects: string[] = [];
  const notices: FalloutNotice[] = [];
  const started: ExecutionInput[] = [];
  const store = createMemoryRunStore(() => now);
  const inputs = new Map<string, PlainInput>();
  const keys = new Map<string, ApiKeyRecord>();
  const executions = new Map<string, 'RUNNING' | 'ENDED'>();
  const open = options.open ?? (() => ({ session: options.session, secrets: ['secret-key'], version: '1' }));
  const world: Pick<World, 'boundary'> = { boundary: () => {} };

  async function effect<T>(name: string, act: () => Promise<T>): Promise<T> {
    effects.push(name);
    await world.boundary(name, 'before');
    const value = await act();
    await world.boundary(name, 'after');
    return value;
  }

  const watched = (session: ProviderSession): ProviderSession =>
    Object.fromEntries(
      Object.entries(session).map(([name, member]) => [
        name,
        typeof member === 'function'
          ? (...args: unknown[]) => effect(`platform.${name}`, () => member(...args))
          : member,
      ]),
    ) as unknown as ProviderSession;

  const opened = async (wanted: 'cached' | 'current' | 'previous') =>
    effect(`secret.${wanted}`, async () => {
      const session = open(wanted);
      if (session === undefined) return undefined;
      return {
        ...session,
        session: watched(session.session),
        metered: (turn: Turn) => watched(meteredSession(session.session, turn)),
      };
    });

  const dependencies: Dependencies = {
    config,
    store: {
      ...store,
      get: (runId) => effect('store.get', () => store.get(runId)),
      save: (run) => effect('store.save', () => store.save(run)),
      claimRemote: (remote, runId) => effect('store.claimRemote', () => store.claimRemote(remote, runId)),
      create: (run, key) => effect('store.create', () => store.create(run, key)),
    },
    keys: {
      get: async (keyId) => keys.get(keyId),
      put: async (record) => void keys.set(record.keyId, record),
      list: async () => [...keys.values()],
    },
    vault: {
      async seal(runId, input) {
        inputs.set(runId, input);
        const plain = Object.entries(input.parameters).filter(([name]) => !input.sensitive.includes(name));
        return { parameters: Object.fromEntries(plain), sensitive: input.sensitive, sealed: 'sealed' };
      },
      open: (runId) => effect('vault.open', async () => inputs.get(runId) ?? { parameters: {}, sensitive: [] }),
      sealValues: async (_runId, values) => JSON.stringify(values),
      openValues: async (_runId, sealed) => JSON.parse(sealed),
      async sensitiveValues(runId): Promise<JsonObject> {
        const input = inputs.get(runId);
        return Object.fromEntries((input?.sensitive ?? []).map((name) => [name, input?.parameters[name] ?? null]));
      },
      digest: async (purpose, text) => `${purpose}:${text}`,
    },
    outputs: {
      store: (_runId, _attempt, output) => effect('outputs.store', () => (options.store ?? inlineOutput)(output)),
      value: async (output) => output.value,
      read: async () => (async function* () {})(),
      signedUrl: async () => 'https://bucket.example.com/file',
    },
    connections: {
      async open(_flowId, wanted) {
        const session = await opened(wanted);
        if (session === undefined)
          throw new SecretUnavailableError('The secret "errand/acme" does not exist.', 'absent');
        return session;
      },
      openPrevious: () => opened('previous'),
      handleOf: async (_flowId, remoteId) => ({ id: remoteId }),
    },
    executions: {
      start: (runId, generation) =>
        effect('executions.start', async () => {
          const name = `${runId}-g${generation}`;
          // A name that was ever used is taken for good.
          if (!executions.has(name)) {
            executions.set(name, 'RUNNING');
            started.push({ runId, generation });
          }
          return `arn:${name}`;
        }),
      isRunning: async ({ id, generation }) => executions.get(`${id}-g${generation}`) === 'RUNNING',
      arnOf: ({ id, generation }) => `arn:${id}-g${generation}`,
    },
    schedules: createMemoryScheduleStore(),
    falloutQueue: {
      send: (notice) =>
        effect('fallout.send', async () => {
          notices.push(notice);
        }),
    },
    buckets: { take: async () => ({ ok: true }) },
    histories: createMemoryFlowHistories(() => now),
    states: createMemoryConnectionStates(),
    budgets: createMemoryRequestBudgets(() => now),
    inFlight: createMemoryInFlight(),
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms;
      },
    },
    ids: {
      runId: () => {
        serial += 1;
        return `run_${String(serial).padStart(26, '0')}`;
      },
      nonce: () => {
        serial += 1;
        return `nonce-${serial}`;
      },
    },
    log: {
      info: (message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`),
      warn: (message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`),
      error: (message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`),
      count: () => {},
    },
  };

  const signal = new AbortController().signal;
  async function step(state: MachineState): Promise<MachineState> {
    now += state.waitSeconds * 1_000;
    return next(state);
  }

  async function next(state: MachineState): Promise<MachineState> {
    if (state.next === 'WAIT') return pollRun(dependencies, state, { signal });
    if (state.next === 'FETCH') return fetchOutput(dependencies, state, { signal });
    if (state.next === 'COOL_OFF') return startRun(dependencies, state, { signal });
    if (state.next === 'RELEASE') return releaseSlot(dependencies, state);
    if (state.next === 'ROLL_OVER')
      return startRun(dependencies, { runId: state.runId, generation: state.generation + 1 }, { signal });
    return state;
  }

  return Object.assign(world, {
    dependencies,
    store,
    notices,
    started,
    logged,
    effects,
    advance(ms: number) {
      now += ms;
    },
    now: () => now,
    async accept(request: Partial<RunRequest> = {}) {
      const accepted = await acceptRun(dependencies, { flowId: 'onboard', trigger: 'api', ...request });
      if (!('run' in accepted)) throw new Error(`not accepted: ${accepted.kind}`);
      return accepted.run;
    },
    async run(id: string) {
      const run = await store.get(id);
      if (run === undefined) throw new Error(`no run ${id}`);
      return run;
    },
    async drive(runId: string, limit = 2_000) {
      let state = await startRun(dependencies, { runId, generation: 1 }, { signal });
      for (let count = 0; count < limit && !isOver(state); count += 1) state = await step(state);
      return state;
    },
    step,
    next,
    endExecution(runId: string, generation: number) {
      executions.set(`${runId}-g${generation}`, 'ENDED');
    },
  });
}

/** Its execution has ended; a parked run goes on in another. */
export const isOver = ({ next }: MachineState) => next === 'SUCCEEDED' || next === 'FAILED' || next === 'PARK';

/** One request for each call, as most platforms need. */
function meteredSession(session: ProviderSession, turn: Turn): ProviderSession {
  const members = Object.entries(session).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    const metered = async (...args: unknown[]) => {
      await turn(new AbortController().signal);
      return (member as (...args: unknown[]) => unknown)(...args);
    };
    return [name, metered];
  });
  return Object.fromEntries(members);
}

async function inlineOutput(output: ProviderOutput): Promise<RunOutput> {
  return { ...(output.value === undefined ? {} : { value: output.value }), files: [], bytes: 0 };
}
