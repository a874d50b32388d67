import { SFNClient } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import type { FunctionName } from '../../../lib/contract.ts';
import type { Json, JsonObject } from '../../../lib/domain/json.ts';
import { type LocalClock, systemClock } from '../../../lib/local/clock.ts';
import { openDatabase } from '../../../lib/local/data-dir.ts';
import type { Definition } from '../../../lib/local/definition.ts';
import { createExecutionStore } from '../../../lib/local/execution-store.ts';
import { createExecutions } from '../../../lib/local/executions.ts';
import type { LocalFunctions } from '../../../lib/local/functions.ts';
import { type Meter, meterStates } from '../../../lib/local/meter.ts';
import { serveStateMachine } from '../../../lib/local/state-machine-service.ts';
import { DEFINITION } from '../fixtures/definition.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const ACCESS_KEY = { accessKeyId: 'LOCALTEST', secretAccessKey: 'a-secret-of-the-test' };
export const CLIENT = {
  region: 'us-east-1',
  credentials: ACCESS_KEY,
  maxAttempts: 1,
};

export type Handlers = Readonly<Partial<Record<FunctionName, (input: JsonObject) => Json | Promise<Json>>>>;

/** Functions in this thread; a thrown error becomes what Lambda makes of one. */
export function fakeFunctions(handlers: Handlers): LocalFunctions {
  return {
    async invoke(name, payload) {
      try {
        return { ok: true, value: (await handlers[name]?.(payload as JsonObject)) ?? null };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        return { ok: false, error: { errorType, errorMessage } };
      }
    },
    close: async () => {},
  };
}

export interface LocalStepFunctionsOptions {
  readonly handlers?: Handlers;
  readonly definition?: Definition;
  readonly clock?: LocalClock;
  readonly retryPauseMs?: number;
  readonly directory?: string;
  readonly meter?: Meter;
  readonly onFailed?: (name: string, status: string) => void;
}

/** The real engine and the real wire protocol; only the functions are the test's. */
export async function localStepFunctions(options: LocalStepFunctionsOptions = {}) {
  const {
    handlers = {},
    definition = DEFINITION,
    clock = systemClock,
    directory = temporaryDirectory(),
    meter,
    ...rest
  } = options;
  const log: string[] = [];
  const database = await openDatabase(directory, 'executions');
  const plainStore = createExecutionStore(database);
  const store = meter ? meterStates(plainStore, meter) : plainStore;
  const functions = fakeFunctions(handlers);
  const executions = createExecutions({ definition, store, functions, clock, log: (line) => log.push(line), ...rest });
  const service = await serveStateMachine({ executions, store, accessKey: ACCESS_KEY, log: (line) => log.push(line) });
  const client = new SFNClient({ ...CLIENT, endpoint: service.url });
  let isClosed = false;
  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    client.destroy();
    await service.close();
    await executions.close();
    await database.close();
  }
  onTestFinished(close);
  return { client, executions, store, log, close, url: service.url, directory };
}

/** Resolves once nothing runs any more. */
export async function untilIdle(executions: { countRunning(): number }): Promise<void> {
  while (executions.countRunning() > 0) await new Promise((resolve) => setImmediate(resolve));
}
