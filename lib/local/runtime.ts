/** The cloud's services on one machine: what the template describes, running, with its state in one directory. */
import { join } from 'node:path';
import { ENV, type FunctionName } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import { createActivity } from './activity.ts';
import { writeAwsEnv } from './aws-env.ts';
import { type Build, buildStack } from './build.ts';
import { type LocalClock, systemClock } from './clock.ts';
import { type Closers, createClosers } from './closers.ts';
import { shipConfig } from './config-file.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { openEventLog } from './event-log.ts';
import { createExecutionStore } from './execution-store.ts';
import { createExecutions, type Executions } from './executions.ts';
import { createFunctions, type InvokeResult, type LocalFunctions } from './functions.ts';
import { openGateway } from './gateway.ts';
import { startMessaging } from './messaging.ts';
import { type Meter, meterEvents, meterStates } from './meter.ts';
import { openServices, type ServiceUrls } from './services.ts';
import { startStream } from './stream.ts';

export interface RuntimeOptions {
  readonly dataDir: string;
  /** `errand.config.ts` or `.json`. */
  readonly configFile: string;
  /** Of the API; 0 lets the system choose. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** What to run, for those who have built it. @default - built when sources or configuration changed */
  readonly build?: Build;
  /** @default the machine's own */
  readonly clock?: LocalClock;
  /** Replaces every pause before a retry of a task; for tests. */
  readonly retryPauseMs?: number;
  /** Hears what the cloud would bill. @default - nothing is counted */
  readonly meter?: Meter;
  /** What the functions find in place of their own, such as a service's address with something in between; for tests. */
  readonly functionEnvironment?: (own: Runtime['environment']) => Runtime['environment'];
}

export interface Runtime {
  readonly apiUrl: string;
  readonly dataDir: string;
  /** What each function finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly services: ServiceUrls;
  readonly executions: Pick<Executions, 'countRunning' | 'start' | 'stop'>;
  /** How many executions were carried on from the process before. */
  readonly resumed: number;
  invoke(name: FunctionName, payload: Json): Promise<InvokeResult>;
  /** How much goes on: calls of functions and steps of executions. Requests to the API are the caller's to wait for. */
  busy(): number;
  /** Resolves once nothing goes on any more and everything waits for its time. */
  idle(): Promise<void>;
  /** Stops where everything is; the next start goes on from there. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 60_000;

/** Calls at once and then every minute, one call at a time. */
function everyMinute(clock: LocalClock, call: () => Promise<void>): { close(): Promise<void> } {
  let cancel = () => {};
  let isStopped = false;
  async function round(): Promise<void> {
    const startedAtMs = clock.now();
    await call();
    if (isStopped) return;
    cancel = clock.after(Math.max(0, startedAtMs + SWEEP_EVERY_MS - clock.now()), () => void round(), 'routine');
  }
  void round();
  return {
    async close() {
      isStopped = true;
      cancel();
    },
  };
}

function openFunctions(
  { functionsDir, template }: Build,
  environment: Runtime['environment'],
  logFile: string,
  { clock = systemClock, meter }: Pick<RuntimeOptions, 'clock' | 'meter'>,
): LocalFunctions {
  return createFunctions({
    bundlesDir: functionsDir,
    environment: (name) => {
      // Flags of the process cannot be given to a thread; the worker does what they ask for.
      const { NODE_OPTIONS: _, ...literals } = template.environments[name] ?? {};
      return { ...literals, ...environment };
    },
    logFile,
    clock,
    onEnded: (name, durationMs) => meter?.({ kind: 'invocation', name, durationMs }),
  });
}

async function open(options: RuntimeOptions, data: DataDir, closers: Closers): Promise<Omit<Runtime, 'close'>> {
  const { log, clock = systemClock, meter } = options;
  // First, because its mistakes are the user's and quickly found.
  const shipped = await shipConfig(options.configFile, data.path);
  const build = options.build ?? (await buildStack(options.configFile, log, new Date()));
  const plainStore = createExecutionStore(data.database);
  const store = meter ? meterStates(plainStore, meter) : plainStore;
  // The functions are told where the executions are, and the executions call the functions.
  const executionsReady = Promise.withResolvers<Executions>();
  const opened = await openServices({
    dataDir: data.path,
    executions: executionsReady.promise,
    store,
    clock,
    log,
    closers,
    meter,
  });
  const environment = { ...opened.environment, [ENV.config]: shipped.path };
  const given = options.functionEnvironment?.(environment) ?? environment;
  const activity = createActivity();
  const workers = closers.add(openFunctions(build, given, join(data.path, 'functions.log'), options));
  /** For work that counts by itself; a call that only waits lets it rest. */
  const within: LocalFunctions = {
    ...workers,
    invoke: (name, payload) => workers.invoke(name, payload, activity.rest),
  };
  const functions: LocalFunctions = {
    ...workers,
    invoke: (name, payload) => activity.run(() => within.invoke(name, payload)),
  };
  const call = async (name: FunctionName, payload: Json) => {
    const result = await functions.invoke(name, payload);
    if (!result.ok) log(`The function "${name}" failed: ${result.error.errorType}: ${result.error.errorMessage}`);
  };
  const executions = closers.add(
    createExecutions({
      ...options,
      definition: build.template.definition,
      store,
      functions: within,
      clock,
      activity,
      // The rule of the stack that settles what ended by itself.
      onFailed: (execution, status) =>
        void call('settle', { execution, failure: { Error: 'ExecutionStopped', Cause: status } }),
    }),
  );
  executionsReady.resolve(executions);
  const eventLog = closers.add(openEventLog(data.path));
  const events = meter ? meterEvents(eventLog, meter) : eventLog;
  const invokeAnnounce = (records: Json) => functions.invoke('announce', records);
  const stream = closers.add(startStream({ table: opened.stream, invoke: invokeAnnounce, events, log }));
  const gateway = closers.add(
    await openGateway({ port: options.port, functions: workers, now: () => clock.now(), events, log }),
  );
  closers.add(writeAwsEnv(data.path, { ...environment, ERRAND_API_URL: gateway.url }));
  const resumed = await executions.resume();
  startMessaging({ queues: opened.queues, functions, config: shipped.config, clock, activity, log, closers });
  closers.add(everyMinute(clock, () => call('sweep', {})));
  return {
    apiUrl: gateway.url,
    dataDir: data.path,
    environment,
    services: opened.services,
    executions,
    resumed,
    invoke: (name, payload) => functions.invoke(name, payload),
    busy: activity.count,
    async idle() {
      await activity.idle();
      // What has just been written is told as well.
      await stream.idle();
      await activity.idle();
    },
  };
}

/**
 * Starts everything, and carries on what an earlier process left running.
 * @throws LocalStartError saying what is in the way and what to do.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const data = await openDataDir(options.dataDir, new Date());
  const closers = createClosers();
  closers.add(data);
  try {
    return { ...(await open(options, data, closers)), close: closers.close };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
