/** Checks a whole configuration, provider by provider, and names every mistake by its path. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import {
  type Config,
  type ConfigInput,
  configSchema,
  flowSchema,
  PROVIDER_IDS,
  type ProviderId,
} from '../domain/config.ts';
import { InvalidInputError, type Issue } from '../domain/errors.ts';
import { toIssues as issuesOf } from '../domain/issues.ts';
import { isDeeperThan } from '../domain/json-limits.ts';
import { checkParameters } from '../domain/parameters.ts';
import { baseUrlProblem } from './base-url.ts';
import type { ProviderDefinition } from './provider.ts';
import { providerOf } from './registry.ts';

/** Deeper than any flow's parameters, and shallow enough for whoever walks over it. */
const MAX_DEPTH = 64;

export interface LoadedConfig {
  readonly config: Config;
  /** The same as its author wrote it, as plain JSON. */
  readonly input: ConfigInput;
}

/**
 * Reads and checks `errand.config.ts` (default export) or `.json`.
 * @throws InvalidInputError when the file cannot be read, is not a configuration, or has mistakes (all of them listed).
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const input = await readConfig(resolve(file));
  return { config: checkConfig(input), input: JSON.parse(JSON.stringify(input)) };
}

async function readConfig(path: string): Promise<ConfigInput> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module: { default?: ConfigInput } = await import(pathToFileURL(path).href);
    if (module.default !== undefined) return module.default;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError(`The configuration ${path} cannot be read.`, [{ path, message: why }]);
  }
  throw new InvalidInputError(`The configuration ${path} cannot be read.`, [
    { path, message: 'has no default export; write `export default defineConfig({ … })`' },
  ]);
}

/** @throws InvalidInputError with every mistake. */
export function checkConfig(input: unknown): Config {
  if (isDeeperThan(input, MAX_DEPTH)) throw tooDeep();
  const parsed = configSchema.safeParse(input);
  const shape = parsed.success ? [] : toIssues(parsed.error);
  const issues = [
    ...shape,
    ...addressIssues(recordOf(input, 'connections'), shape),
    ...connectionIssues(recordOf(input, 'connections')),
    ...flowIssues(recordOf(input, 'flows'), recordOf(input, 'connections')),
  ];
  if (!parsed.success || issues.length > 0) {
    const count = issues.length === 1 ? 'one mistake' : `${issues.length} mistakes`;
    throw new InvalidInputError(`The configuration has ${count}:`, issues);
  }
  return parsed.data;
}

function tooDeep(): InvalidInputError {
  const issue = { path: '(whole file)', message: `is nested more than ${MAX_DEPTH} levels deep` };
  return new InvalidInputError('The configuration has one mistake:', [issue]);
}

/** Addresses that are well-formed and still nobody's to call, where nothing else is wrong with them. */
function addressIssues(connections: Readonly<Record<string, unknown>>, known: readonly Issue[]): readonly Issue[] {
  return Object.entries(connections).flatMap(([id, connection]) => {
    const path = `connections.${id}.baseUrl`;
    const message = baseUrlProblem(fieldOf(connection, 'baseUrl'));
    return message === undefined || known.some((issue) => issue.path === path) ? [] : [{ path, message }];
  });
}

/** zod's issues of the configuration; `prefix` is where in it was parsed. */
export function toIssues(error: z.ZodError, ...prefix: readonly string[]): readonly Issue[] {
  return issuesOf(error, { prefix, whole: '(whole file)' });
}

function connectionIssues(connections: Readonly<Record<string, unknown>>): readonly Issue[] {
  return Object.entries(connections).flatMap(([id, connection]) => {
    const provider = providerIn(connection);
    if (provider === undefined) return [];
    const at = ['connections', id] as const;
    const settings = provider.settings.safeParse(fieldOf(connection, 'settings') ?? {});
    const missingSecret = fieldOf(connection, 'secret') === undefined && provider.anonymous !== true;
    return [
      ...(settings.success ? [] : toIssues(settings.error, ...at, 'settings')),
      ...(missingSecret ? [{ path: [...at, 'secret'].join('.'), message: `required by ${provider.id}` }] : []),
    ];
  });
}

function flowIssues(
  flows: Readonly<Record<string, unknown>>,
  connections: Readonly<Record<string, unknown>>,
): readonly Issue[] {
  return Object.entries(flows).flatMap(([id, flow]) => {
    const connectionId = fieldOf(flow, 'connection');
    if (typeof connectionId !== 'string') return [];
    if (!Object.hasOwn(connections, connectionId))
      return [{ path: `flows.${id}.connection`, message: `there is no connection "${connectionId}"` }];
    const connection = connections[connectionId];
    const provider = providerIn(connection);
    return provider === undefined ? [] : providerFlowIssues(id, flow, connection, provider);
  });
}

function providerFlowIssues(
  id: string,
  input: unknown,
  connection: unknown,
  provider: ProviderDefinition,
): readonly Issue[] {
  const at = ['flows', id] as const;
  const target = provider.target.safeParse(fieldOf(input, 'target') ?? {});
  const settings = provider.settings.safeParse(fieldOf(connection, 'settings') ?? {});
  const flow = flowSchema.safeParse(input);
  const issues: Issue[] = target.success ? [] : [...toIssues(target.error, ...at, 'target')];
  if (!flow.success) return issues;
  const { parameters, schedule } = flow.data;
  const withDefaults = Object.entries(parameters).filter(([, parameter]) => parameter.default !== undefined);
  const defaults = checkParameters(Object.fromEntries(withDefaults), {}).issues;
  issues.push(...defaults.map(({ path, message }) => ({ path: `flows.${id}.${path}.default`, message })));
  if (schedule !== undefined) {
    const scheduled = checkParameters(parameters, schedule.parameters).issues;
    issues.push(...scheduled.map(({ path, message }) => ({ path: `flows.${id}.schedule.${path}`, message })));
  }
  if (target.success && settings.success) {
    const special = provider.checkFlow?.(flow.data, settings.data, target.data) ?? [];
    issues.push(...special.map(({ path, message }) => ({ path: `flows.${id}.${path}`, message })));
  }
  return issues;
}

function providerIn(connection: unknown): ProviderDefinition | undefined {
  const id = fieldOf(connection, 'provider');
  return (PROVIDER_IDS as readonly unknown[]).includes(id) ? providerOf(id as ProviderId) : undefined;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function recordOf(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const field = fieldOf(value, key);
  return typeof field === 'object' && field !== null ? (field as Record<string, unknown>) : {};
}
