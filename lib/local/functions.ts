/** Calls the bundled functions the way Lambda does: JSON in, JSON out, a time limit, errors by name. */
import { renameSync, statSync } from 'node:fs';
import { FUNCTIONS, type FunctionName, TIMEOUT_SECONDS } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import type { LocalClock } from './clock.ts';
import { createFunctionHost, type FunctionHost } from './function-host.ts';
import type { Rest } from './invocation-waits.ts';

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
  /**
   * Never rejects.
   * @param rest in which the call is while it only waits for its time. @default - nobody wants to know
   */
  invoke(name: FunctionName, payload: Json, rest?: Rest): Promise<InvokeResult>;
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
  /** The functions see its time; where it can be put forward, they wait by it. @default the machine's */
  readonly clock?: LocalClock | undefined;
  /** Hears how long each call took, its waits included. */
  readonly onEnded?: (name: FunctionName, durationMs: number) => void;
}

const MAX_LOG_BYTES = 20_000_000;

/** Keeps one older log, so that a laptop's disk does not fill with them. */
function startNewLog(path: string): void {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
}

/** Starts a function's worker on its first call. */
export function createFunctions(options: FunctionsOptions): LocalFunctions {
  const { bundlesDir, environment, logFile, timeoutMs, clock, onEnded } = options;
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
        clock,
        onEnded: (durationMs) => onEnded?.(name, durationMs),
      }),
    ]),
  );
  return {
    async invoke(name, payload, rest) {
      const host = hosts.get(name);
      if (host) return host.invoke(payload, rest);
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
