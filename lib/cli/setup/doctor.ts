/** What can be wrong between Errand and a platform, found out one after the other without starting anything. */
import type { Config } from '../../domain/config.ts';
import {
  ProviderCallError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  SecretUnavailableError,
} from '../../domain/errors.ts';
import { createScrubber } from '../../domain/redact.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { probe } from '../../http/probe.ts';
import type { Checked, ProviderSession } from '../../providers/provider.ts';
import { providerOf } from '../../providers/registry.ts';
import { type Connection, type Credentials, credentialsOf, wantedShape } from '../config/credentials.ts';
import { type Remedies, wayRemedy } from './doctor-remedies.ts';

export type CheckName = 'secret' | 'address' | 'connection' | 'tls' | 'answer' | 'key' | 'target';

export interface Finding {
  readonly check: CheckName;
  /** `unknown`: it could not be told, which is not a mistake. */
  readonly state: 'ok' | 'wrong' | 'unknown';
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
}

export interface ConnectionReport {
  readonly connection: string;
  readonly provider: string;
  readonly baseUrl: string;
  readonly findings: readonly Finding[];
}

export interface DoctorOptions {
  readonly config: Config;
  /** The secret's text; undefined where there is none. @throws SecretUnavailableError when it cannot be read. */
  readonly readSecret: (name: string) => Promise<string | undefined>;
  readonly remedies: Remedies;
  /** For each connection, all its checks together. */
  readonly timeoutMs: number;
}

/** All connections side by side. */
export function examine(options: DoctorOptions): Promise<readonly ConnectionReport[]> {
  return Promise.all(
    Object.entries(options.config.connections).map(async ([id, connection]) => {
      const { provider, baseUrl } = connection;
      return { connection: id, provider, baseUrl, findings: await findingsOf(id, connection, options) };
    }),
  );
}

async function findingsOf(id: string, connection: Connection, options: DoctorOptions): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const [{ finding, credentials }, way] = await Promise.all([
    secretOf(connection, options),
    wayTo(id, connection, signal, options),
  ]);
  const isOpen = way.every(({ state }) => state === 'ok');
  const isKnown = finding.state === 'ok';
  const asked = isOpen && isKnown ? await askPlatform(id, connection, credentials, { signal, options }) : [];
  // Where a platform points and what its reply names are its own words: it may repeat what it was sent.
  const { text } = createScrubber([...(credentials?.texts ?? []), ...(credentials?.auth.tokens?.() ?? [])]);
  return [finding, ...way, ...asked.map((one) => ({ ...one, message: text(one.message) }))];
}

interface SecretFinding {
  readonly finding: Finding;
  readonly credentials: Credentials | undefined;
}

async function secretOf(connection: Connection, options: DoctorOptions): Promise<SecretFinding> {
  const { secret } = connection;
  if (secret === undefined) {
    const message = 'none: the platform is called without a key';
    return { finding: { check: 'secret', state: 'ok', message }, credentials: undefined };
  }
  const remedy = options.remedies.setSecret(secret);
  const wrong = (message: string): SecretFinding => {
    return { finding: { check: 'secret', state: 'wrong', message, remedy }, credentials: undefined };
  };
  try {
    const text = await options.readSecret(secret);
    if (text === undefined) return wrong(`there is no secret "${secret}" ${options.remedies.secretPlace}`);
    const credentials = credentialsOf(connection, secret, text);
    const message = `"${secret}" is there, ${wantedShape(connection)}`;
    return { finding: { check: 'secret', state: 'ok', message }, credentials };
  } catch (error) {
    if (error instanceof SecretUnavailableError) return wrong(error.message);
    throw error;
  }
}

/** The name, the connection and the certificate. */
async function wayTo(
  id: string,
  connection: Connection,
  signal: AbortSignal,
  { remedies }: DoctorOptions,
): Promise<readonly Finding[]> {
  const { passed, addresses, failed } = await probe(connection.baseUrl, { signal });
  const { host, hostname } = new URL(connection.baseUrl);
  const said: Readonly<Record<(typeof passed)[number], string>> = {
    address: addresses.includes(hostname) ? hostname : `${hostname} is ${addresses.slice(0, 3).join(', ')}`,
    connection: `${host} takes connections`,
    tls: 'the certificate is good',
  };
  const good = passed.map((check): Finding => ({ check, state: 'ok', message: said[check] }));
  if (failed === undefined) return good;
  const { message, remedy } = wayRemedy(failed, { id, baseUrl: connection.baseUrl }, remedies);
  return [...good, { check: failed.step, state: 'wrong', message, remedy }];
}

interface Asking {
  readonly signal: AbortSignal;
  readonly options: DoctorOptions;
}

/** Flows whose target is looked up, of one connection. */
const MAX_FLOWS = 20;

async function askPlatform(
  id: string,
  connection: Connection,
  credentials: Credentials | undefined,
  { signal, options }: Asking,
): Promise<readonly Finding[]> {
  const sessions = sessionsOf(id, connection, credentials, options.config);
  const [first] = sessions;
  if (first === undefined) {
    const message = 'no flow uses this connection, so there is nothing to ask for';
    return [{ check: 'key', state: 'unknown', message, remedy: 'Declare a flow for it, and ask again.' }];
  }
  if (first.session.check === undefined) return [];
  try {
    const checked = await first.session.check({ signal });
    const keyFinding = keyOf(checked, first.flowId, connection, options.remedies);
    if (checked.target === undefined) return [keyFinding];
    const others = await Promise.all(
      sessions.slice(1).map(async ({ flowId, session }) => ({ flowId, checked: await session.check?.({ signal }) })),
    );
    return [keyFinding, ...targetsOf([{ flowId: first.flowId, checked }, ...others])];
  } catch (error) {
    return [troubleOf(error, connection, options.remedies)];
  }
}

interface FlowSession {
  readonly flowId: string;
  readonly session: ProviderSession;
}

function sessionsOf(
  id: string,
  { provider, baseUrl, settings }: Connection,
  credentials: Credentials | undefined,
  config: Config,
): readonly FlowSession[] {
  const definition = providerOf(provider);
  const parsed = definition.settings.parse(settings);
  const auth = credentials?.auth ?? definition.auth(undefined, parsed);
  const http = createHttpClient({ baseUrl, auth });
  return Object.entries(config.flows)
    .filter(([, { connection }]) => connection === id)
    .slice(0, MAX_FLOWS)
    .map(([flowId, flow]) => {
      const target = definition.target.parse(flow.target);
      return { flowId, session: definition.connect({ settings: parsed, target, baseUrl, http }) };
    });
}

function keyOf({ key, message }: Checked, flowId: string, { secret }: Connection, remedies: Remedies): Finding {
  if (key === 'accepted') return { check: 'key', state: 'ok', message: 'the platform accepts it' };
  if (key === 'unknown') return { check: 'key', state: 'unknown', message, remedy: remedies.firstRun(flowId) };
  const remedy =
    secret === undefined
      ? 'The platform wants a key: give the connection the name of a secret.'
      : remedies.setSecret(secret);
  return { check: 'key', state: 'wrong', message, remedy };
}

function targetsOf(
  checks: readonly { readonly flowId: string; readonly checked: Checked | undefined }[],
): readonly Finding[] {
  const missing = checks.filter(({ checked }) => checked?.target === 'missing');
  if (missing.length === 0)
    return [
      {
        check: 'target',
        state: 'ok',
        message: `what ${checks.length === 1 ? 'the flow names' : `${checks.length} flows name`} is there`,
      },
    ];
  return missing.map(({ flowId, checked }) => ({
    check: 'target',
    state: 'wrong',
    message: `flow "${flowId}": ${checked?.message}`,
    remedy: `Correct flows.${flowId}.target in the configuration.`,
  }));
}

function troubleOf(error: unknown, { secret }: Connection, remedies: Remedies): Finding {
  if (error instanceof ProviderUnauthorizedError)
    return { check: 'key', state: 'wrong', message: error.message, remedy: remedies.setSecret(secret ?? '') };
  if (error instanceof ProviderThrottledError)
    return {
      check: 'key',
      state: 'unknown',
      message: error.message,
      remedy: 'The platform asks to wait. Try again in a minute.',
    };
  if (error instanceof ProviderCallError)
    return {
      check: 'answer',
      state: 'wrong',
      message: error.message,
      remedy:
        'The platform is out of order, or something else answers at baseUrl. Try again later, or check the address.',
    };
  throw error;
}
