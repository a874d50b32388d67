/** The cloud's services on one machine: what the template describes, running, with its state in one directory. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ENV, type FunctionName } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import { type Build, buildStack } from './build.ts';
import { type LocalClock, systemClock } from './clock.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { LOCAL } from './definition.ts';
import { STATE_MACHINE_ARN } from './execution-names.ts';
import { createExecutionStore } from './execution-store.ts';
import { createExecutions, type Executions } from './executions.ts';
import { createFunctions, type InvokeResult } from './functions.ts';
import { openGateway } from './gateway.ts';
import { openObjectFiles } from './object-files.ts';
import { serveS3 } from './s3-service.ts';
import { openSecretFiles } from './secret-files.ts';
import { serveSecrets } from './secrets-service.ts';
import { serveStateMachine } from './state-machine-service.ts';
import { openTable } from './table.ts';

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
}

export interface Runtime {
  readonly apiUrl: string;
  readonly dataDir: string;
  /** What each function finds in its environment, its configuration's path apart. */
  readonly environment: Readonly<Record<string, string>>;
  readonly services: {
    readonly dynamodb: string;
    readonly secretsManager: string;
    readonly s3: string;
    readonly stepFunctions: string;
  };
  readonly executions: Pick<Executions, 'countRunning' | 'start' | 'stop'>;
  /** How many executions were carried on from the process before. */
  readonly resumed: number;
  invoke(name: FunctionName, payload: Json): Promise<InvokeResult>;
  /** Stops where everything is; the next start goes on from there. */
  close(): Promise<void>;
}

const NAMES = {
  table: 'errand',
  bucket: 'errand-files',
  rootKeySecret: 'errand/root-key',
  environment: 'local',
} as const;
const CONFIG_FILE = 'errand.config.json';
const SWEEP_EVERY_MS = 60_000;

type Closer = () => Promise<void>;

/** Closes in the reverse order of opening, whatever one of them says. */
async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of closers.toReversed()) await close().catch(() => {});
}

function environmentOf(services: Runtime['services'], key: { accessKeyId: string; secretAccessKey: string }) {
  return {
    AWS_REGION: LOCAL.region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: services.dynamodb,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: services.secretsManager,
    AWS_ENDPOINT_URL_S3: services.s3,
    AWS_ENDPOINT_URL_SFN: services.stepFunctions,
    POWERTOOLS_TRACE_ENABLED: 'false',
    [ENV.table]: NAMES.table,
    [ENV.bucket]: NAMES.bucket,
    [ENV.stateMachine]: `${STATE_MACHINE_ARN}:${LOCAL.alias}`,
    [ENV.rootKeySecret]: NAMES.rootKeySecret,
    [ENV.environment]: NAMES.environment,
  };
}

/** Calls at once and then every minute, one call at a time. */
function everyMinute(clock: LocalClock, call: () => Promise<unknown>): () => void {
  let cancel = () => {};
  let isStopped = false;
  async function round(): Promise<void> {
    const startedAtMs = clock.now();
    await call();
    if (isStopped) return;
    cancel = clock.after(Math.max(0, startedAtMs + SWEEP_EVERY_MS - clock.now()), () => void round());
  }
  void round();
  return () => {
    isStopped = true;
    cancel();
  };
}

async function open(options: RuntimeOptions, data: DataDir, closers: Closer[]): Promise<Runtime> {
  const { log, clock = systemClock } = options;
  const { functionsDir, template } = options.build ?? (await buildStack(options.configFile, log, new Date()));
  const accessKey = {
    accessKeyId: `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  const now = () => Date.now();
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const at = (name: string) => join(data.path, name);

  const table = keep(await openTable({ directory: at('table'), tableName: NAMES.table, accessKey, log }));
  const secretFiles = openSecretFiles(data.path, NAMES.rootKeySecret, now);
  const secrets = keep(await serveSecrets(secretFiles, accessKey, log));
  const files = openObjectFiles(at('objects'), now);
  const s3 = keep(await serveS3({ bucket: NAMES.bucket, files, accessKey, log }));

  // The functions are told where the executions are, and the executions call the functions.
  const executionsReady = Promise.withResolvers<Executions>();
  const store = createExecutionStore(data.database);
  const stepFunctions = keep(await serveStateMachine({ executions: executionsReady.promise, store, accessKey, log }));
  const services = { dynamodb: table.url, secretsManager: secrets.url, s3: s3.url, stepFunctions: stepFunctions.url };
  const environment = environmentOf(services, accessKey);
  const functions = keep(
    createFunctions({
      bundlesDir: functionsDir,
      environment: (name) => {
        const { NODE_OPTIONS: _, ...literals } = template.environments[name] ?? {};
        return { ...literals, ...environment, [ENV.config]: join(functionsDir, name, CONFIG_FILE) };
      },
      logFile: at('functions.log'),
    }),
  );
  const report = (name: FunctionName) => (result: InvokeResult) => {
    if (!result.ok) log(`The function "${name}" failed: ${result.error.errorType}: ${result.error.errorMessage}`);
  };
  const executions = keep(
    createExecutions({
      definition: template.definition,
      store,
      functions,
      clock,
      log,
      ...(options.retryPauseMs === undefined ? {} : { retryPauseMs: options.retryPauseMs }),
      // The rule of the stack that settles what ended by itself.
      onFailed: (execution, status) => {
        const failure = { Error: 'ExecutionStopped', Cause: status };
        void functions.invoke('settle', { execution, failure }).then(report('settle'));
      },
    }),
  );
  executionsReady.resolve(executions);
  const gateway = keep(await openGateway({ port: options.port, functions, log }));
  const resumed = await executions.resume();
  const stopSweeping = everyMinute(clock, () => functions.invoke('sweep', {}).then(report('sweep')));
  closers.push(async () => stopSweeping());
  let closed: Promise<void> | undefined;
  return {
    apiUrl: gateway.url,
    dataDir: data.path,
    environment,
    services,
    executions,
    resumed,
    invoke: (name, payload) => functions.invoke(name, payload),
    close() {
      closed ??= closeAll(closers);
      return closed;
    },
  };
}

/**
 * Starts everything, and carries on what an earlier process left running.
 * @throws LocalStartError saying what is in the way and what to do.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const data = await openDataDir(options.dataDir, new Date());
  const closers: Closer[] = [() => data.close()];
  try {
    return await open(options, data, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
