/** Calls the bundled functions the way Lambda does: JSON in, JSON out, a time limit, errors by name. */
import { renameSync, statSync } from 'node:fs';
import { FUNCTIONS, type FunctionName, TIMEOUT_SECONDS } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import { createFunctionHost, type FunctionHost } from './function-host.ts';

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvokeResult =
  | { readonly ok: true; readonly value: Json }
  /** `error` is what Step Functions matches; `cause`, where it differs, what the runtime reported. */
  | { readonly ok: false; readonly error: FunctionError; readonly cause?: FunctionError };

export interface LocalFunctions {
  /** Never rejects. */
  invoke(name: FunctionName, payload: Json): Promise<InvokeResult>;
  /** Ends the workers. What is under way gets a moment to write down what it knows, then it fails. */
  close(): Promise<void>;
}

export interface FunctionsOptions {
  /** Directory with `<name>/index.mjs`. */
  readonly bundlesDir: string;
  readonly environment: (name: FunctionName) => Readonly<Record<string, string>>;
  /** Where the functions' own log lines go. */
  readonly logFile: string;
  /** @default `TIMEOUT_SECONDS` of the contract */
  readonly timeoutMs?: (name: FunctionName) => number;
  /** As of the runtime's clock. @default - the machine's time */
  readonly clockOffset?: SharedArrayBuffer | undefined;
}

const MAX_LOG_BYTES = 20_000_000;

/** Keeps one older log, so that a laptop's disk does not fill with them. */
function startNewLog(path: string): void {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
}

/** Starts a function's worker on its first call. */
export function createFunctions(options: FunctionsOptions): LocalFunctions {
  const { bundlesDir, environment, logFile, timeoutMs, clockOffset } = options;
  startNewLog(logFile);
  const limitOf = timeoutMs ?? ((name: FunctionName) => TIMEOUT_SECONDS[name] * 1_000);
  const hosts = new Map<FunctionName, FunctionHost>(
    FUNCTIONS.map((name) => [
      name,
      createFunctionHost({
        name,
        bundlesDir,
        environment: environment(name),
        timeoutMs: limitOf(name),
        logFile,
        clockOffset,
      }),
    ]),
  );
  return {
    async invoke(name, payload) {
      const host = hosts.get(name);
      if (host) return host.invoke(payload);
      return {
        ok: false,
        error: { errorType: 'Lambda.ResourceNotFoundException', errorMessage: `No function ${name}` },
      };
    },
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.close()));
    },
  };
}
