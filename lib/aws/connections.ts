/** Opens a flow's connection: its secret, its provider, one HTTP client. */
import type { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Config, Connection, ProviderId } from '../domain/config.ts';
import { type ConfigPlace, type Placed, placeIn } from '../domain/config-place.ts';
import { InvalidInputError, SecretUnavailableError } from '../domain/errors.ts';
import type { AuthScheme, HttpClient, HttpLimits } from '../http/http-client.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import type { Connections, OpenSession } from '../workflow/ports.ts';
import { secretTexts } from './secret-value.ts';
import type { Secret, Secrets } from './secrets.ts';

export interface ConnectionsOptions {
  readonly config: Config;
  readonly loadProvider: (id: ProviderId) => Promise<ProviderDefinition>;
  readonly secrets: Secrets;
  readonly createHttpClient: (options: {
    readonly baseUrl: string;
    readonly auth?: AuthScheme;
    readonly limits?: Partial<HttpLimits>;
  }) => HttpClient | Promise<HttpClient>;
}

/** Stands for the credentials of a connection without a secret. */
const ANONYMOUS: Secret = { value: {}, version: 'anonymous' };
/** Versions kept per flow or connection: the one in force and the one before it. */
const KEPT_VERSIONS = 2;

interface Opened {
  readonly definition: ProviderDefinition;
  readonly settings: unknown;
  readonly auth: AuthScheme;
  readonly http: HttpClient;
}

/** Remembers the newest few results for a name; failures are not remembered. */
function memoise<Value>() {
  const names = new Map<string, Map<string, Promise<Value>>>();
  return (name: string, version: string, make: () => Promise<Value>): Promise<Value> => {
    const versions = names.get(name) ?? new Map<string, Promise<Value>>();
    names.set(name, versions);
    const known = versions.get(version);
    if (known !== undefined) return known;
    const made = make();
    versions.set(version, made);
    made.catch(() => versions.delete(version));
    for (const oldest of versions.keys()) if (versions.size > KEPT_VERSIONS) versions.delete(oldest);
    return made;
  };
}

function parseCredentials(definition: ProviderDefinition, name: string, secret: Secret): unknown {
  const result = definition.credentials.safeParse(secret.value);
  if (result.success) return result.data;
  // Only where, never what: a message of the schema may quote the value.
  const fields = result.error.issues.map(fieldOf).join(', ');
  throw new SecretUnavailableError(
    `secret "${name}" is not what ${definition.id} needs; look at: ${fields}`,
    'malformed',
  );
}

function fieldOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  return path === '' ? 'the names of its fields' : path;
}

function parseConfigured<Value>(schema: z.ZodType<Value>, value: unknown, path: string): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path: rest, message }) => ({ path: [path, ...rest].join('.'), message }));
  throw new InvalidInputError('the configuration does not fit the provider', issues);
}

export function createConnections({
  config,
  loadProvider,
  secrets,
  createHttpClient,
}: ConnectionsOptions): Connections {
  const openedOf = memoise<Opened>();
  const sessionOf = memoise<OpenSession>();

  const configured = (run: Placed): ConfigPlace => {
    const place = placeIn(config, run);
    if (place !== undefined) return place;
    throw new InvalidInputError(`flow "${run.flowId}" or its connection is not in the configuration`, []);
  };

  /** Shared by all flows of a connection, and with it sockets and tokens. */
  const openConnection = async (id: string, connection: Connection, secret: Secret): Promise<Opened> => {
    const definition = await loadProvider(connection.provider);
    const settings = parseConfigured(definition.settings, connection.settings, `connections.${id}.settings`);
    const credentials =
      connection.secret === undefined ? undefined : parseCredentials(definition, connection.secret, secret);
    const auth = definition.auth(credentials, settings);
    return { definition, settings, auth, http: await createHttpClient({ baseUrl: connection.baseUrl, auth }) };
  };

  const openFlow = async (flowId: string, place: ConfigPlace, secret: Secret): Promise<OpenSession> => {
    const { connection, connectionId } = place;
    const { definition, settings, auth, http } = await openedOf(connectionId, secret.version, () =>
      openConnection(connectionId, connection, secret),
    );
    const target = parseConfigured(definition.target, place.target, `flows.${flowId}.target`);
    const sessionOver = (client: HttpClient) =>
      definition.connect({ settings, target, baseUrl: connection.baseUrl, http: client });
    return {
      session: sessionOver(http),
      metered: (turn) => sessionOver(http.metered?.(turn) ?? http),
      // Asked for after a call, too: it may have logged in.
      get secrets() {
        return [...secretTexts(secret.value), ...(auth.tokens?.() ?? [])];
      },
      version: secret.version,
    };
  };

  const sessionFor = ({ flowId }: Placed, place: ConfigPlace, secret: Secret) => {
    const name = `${place.connectionId} ${flowId} ${canonicalJson(place.target)}`;
    return sessionOf(name, secret.version, () => openFlow(flowId, place, secret));
  };

  return {
    async open(run, wanted) {
      const place = configured(run);
      const { secret: name } = place.connection;
      const secret = name === undefined ? ANONYMOUS : await secrets.read(name, wanted);
      return sessionFor(run, place, secret);
    },

    async openPrevious(run) {
      const place = configured(run);
      const { secret: name } = place.connection;
      const secret = name === undefined ? undefined : await secrets.readPrevious(name);
      return secret === undefined ? undefined : sessionFor(run, place, secret);
    },

    async handleOf(run, remoteId) {
      const { connection, target: written } = configured(run);
      const definition = await loadProvider(connection.provider);
      const target = parseConfigured(definition.target, written, `flows.${run.flowId}.target`);
      return definition.handleOf?.(remoteId, target);
    },
  };
}
