/** What `errand init` knows so far of a connection and its first flow, and what the configuration says to it. */
import type { ConfigInput, ProviderId } from '../../domain/config.ts';
import { InvalidInputError, type Issue } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { ParameterType } from '../../domain/parameters.ts';
import { checkConfig } from '../../providers/config.ts';
import { providerOf } from '../../providers/registry.ts';

export interface ParameterDraft {
  readonly type: ParameterType;
  readonly apiName?: string;
  readonly required?: boolean;
  readonly sensitive?: boolean;
  readonly description?: string;
}

export interface Draft {
  readonly provider: ProviderId;
  readonly baseUrl: string;
  /** Name of the connection. */
  readonly connection: string;
  /** Name of its secret; absent: the platform is called without a key. */
  readonly secret?: string;
  readonly settings: Readonly<Record<string, Json>>;
  /** Name of the flow. */
  readonly flow: string;
  readonly description?: string;
  readonly target: Readonly<Record<string, Json>>;
  readonly parameters: Readonly<Record<string, ParameterDraft>>;
  readonly deadline: string;
}

/** As its author would write it. */
export function configOf(draft: Draft): ConfigInput {
  const { provider, baseUrl, connection, secret, settings, flow, description, target, parameters, deadline } = draft;
  return {
    connections: {
      [connection]: { provider, baseUrl, ...(secret && { secret }), ...(hasFields(settings) && { settings }) },
    },
    flows: {
      [flow]: {
        ...(description && { description }),
        connection,
        target,
        ...(hasFields(parameters) && { parameters }),
        deadline,
      },
    },
  };
}

const hasFields = (value: object) => Object.keys(value).length > 0;

/** Every mistake, in the configuration's own words. */
export function issuesOf(draft: Draft): readonly Issue[] {
  try {
    checkConfig(configOf(draft));
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(plainly);
    throw error;
  }
}

/** A schema speaks of types; somebody who has given nothing is told just that. */
function plainly({ path, message }: Issue): Issue {
  return { path, message: message.endsWith('received undefined') ? 'must be given' : message };
}

/** A part of a draft, by its path in the configuration. */
export type Part =
  | 'baseUrl'
  | 'secret'
  | 'connection'
  | 'flow'
  | 'parameters'
  | `parameters.${string}`
  | `target.${string}`
  | 'settings';

function pathOf({ connection, flow }: Draft, part: Part): string {
  const places: Readonly<Record<string, string>> = {
    baseUrl: `connections.${connection}.baseUrl`,
    secret: `connections.${connection}.secret`,
    settings: `connections.${connection}.settings`,
    connection: `connections.${connection}`,
    flow: `flows.${flow}`,
  };
  return places[part] ?? `flows.${flow}.${part}`;
}

/** What is wrong with one part; undefined where nothing is. */
export function mistakeIn(draft: Draft, part: Part): string | undefined {
  const path = pathOf(draft, part);
  const isWhole = part === 'connection' || part === 'flow' || part === 'parameters';
  const found = issuesOf(draft).find((issue) => issue.path === path || (!isWhole && issue.path.startsWith(`${path}.`)));
  return found?.message;
}

/** The option with which a script gives the part that an issue is about. */
export function optionOf({ connection, flow }: Draft, path: string): string {
  const rests: readonly (readonly [prefix: string, option: (rest: string) => string])[] = [
    [`connections.${connection}.baseUrl`, () => '--url'],
    [`connections.${connection}.secret`, () => '--secret'],
    [`connections.${connection}.settings.`, (rest) => `--setting ${rest}=…`],
    [`connections.${connection}`, () => '--connection'],
    [`flows.${flow}.target.`, (rest) => `--target ${rest}=…`],
    [`flows.${flow}.parameters.`, (rest) => `--param ${rest.split('.')[0]}:…`],
    [`flows.${flow}.parameters`, () => '--param'],
    [`flows.${flow}.deadline`, () => '--deadline'],
    [`flows.${flow}`, () => '--flow'],
  ];
  const found = rests.find(([prefix]) => path.startsWith(prefix));
  return found === undefined ? path : found[1](path.slice(found[0].length));
}

/** Before anything is known but the platform; every part of it is good or absent. */
export function emptyDraft(provider: ProviderId): Draft {
  const { words } = providerOf(provider);
  return {
    provider,
    baseUrl: words?.baseUrlExample ?? 'https://platform.example.com',
    connection: provider,
    secret: `errand/${provider}`,
    settings: {},
    flow: 'flow',
    target: {},
    parameters: {},
    deadline: '24h',
  };
}

/** Whether flows of this platform can have parameters at all. */
export function takesParameters(draft: Draft): boolean {
  return mistakeIn({ ...draft, parameters: { probe: { type: 'text' } } }, 'parameters') === undefined;
}

/** A name for the connection: the platform's first label, where it says something. */
export function connectionName(provider: ProviderId, baseUrl: string): string {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  const [label = ''] = host.split('.');
  const isTelling =
    /^[a-z][a-z0-9-]*$/.test(label) && !/^(localhost|www|app|api|web)$/.test(label) && host.includes('.');
  if (!isTelling) return provider;
  return (label.includes(provider) ? label : `${label}-${provider}`).slice(0, 64);
}
