/** Secrets with a cache that outlives an outage and notices a rotation. In memory only. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SecretProblem, SecretUnavailableError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Clock } from '../workflow/ports.ts';
import { parseSecret } from './secret-value.ts';
import { errorCode } from './service-errors.ts';

export interface Secret {
  readonly value: JsonObject;
  /** Changes with each rotation. */
  readonly version: string;
}

export interface Secrets {
  /**
   * The value in force. `current` asks again, at most once per 30 s and secret.
   * @throws SecretUnavailableError
   */
  read(name: string, wanted: 'cached' | 'current'): Promise<Secret>;
  /** The value before the last rotation; undefined where there is none. */
  readPrevious(name: string): Promise<Secret | undefined>;
}

export interface SecretsOptions {
  readonly client: SecretsManagerClient;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

interface Entry {
  readonly secret?: Secret;
  readonly readAt: number;
  readonly freshUntil: number;
  readonly failure?: SecretUnavailableError;
  /** When the service was last asked, with or without success. */
  readonly askedAt: number;
}

const SOFT_TTL_MS = 300_000;
/** Instances that began together must not ask together. */
const JITTER = 0.2;
const HARD_TTL_MS = 3_600_000;
const FORCED_EVERY_MS = 30_000;
const FAILURE_TTL_MS = 30_000;

const PROBLEMS: Readonly<Record<string, SecretProblem>> = {
  ResourceNotFoundException: 'absent',
  // Scheduled for deletion.
  InvalidRequestException: 'absent',
  AccessDeniedException: 'denied',
  DecryptionFailure: 'denied',
  InvalidParameterException: 'malformed',
  UnrecognizedClientException: 'denied',
};

const WORDS: Readonly<Record<SecretProblem, string>> = {
  absent: 'does not exist or is being deleted',
  denied: 'may not be read',
  unavailable: 'cannot be read just now',
  malformed: 'is not a valid name',
};

function toSecretError(name: string, error: unknown): SecretUnavailableError {
  if (error instanceof SecretUnavailableError) return error;
  const code = errorCode(error);
  const problem = (error instanceof Error ? PROBLEMS[error.name] : undefined) ?? 'unavailable';
  return new SecretUnavailableError(`secret "${name}" ${WORDS[problem]} (${code})`, problem, error);
}

export function createSecrets({ client, clock, random }: SecretsOptions): Secrets {
  const entries = new Map<string, Entry>();
  const underWay = new Map<string, Promise<Entry>>();

  const fetch = async (name: string, stage: Stage): Promise<Secret> => {
    const reply = await client.send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }));
    return { value: parseSecret(name, reply.SecretString), version: reply.VersionId ?? 'unversioned' };
  };

  const ask = async (name: string, stage: Stage, known: Entry | undefined): Promise<Entry> => {
    const askedAt = clock.now();
    try {
      const secret = await fetch(name, stage);
      const ttlMs = SOFT_TTL_MS * (1 - JITTER * random());
      const hasRotated = known?.secret !== undefined && known.secret.version !== secret.version;
      if (stage === 'AWSCURRENT' && hasRotated) entries.delete(`AWSPREVIOUS ${name}`);
      return { secret, askedAt, readAt: askedAt, freshUntil: askedAt + ttlMs };
    } catch (error) {
      const failure = toSecretError(name, error);
      const isUsable = known?.secret !== undefined && askedAt < known.readAt + HARD_TTL_MS;
      const freshUntil = askedAt + FAILURE_TTL_MS;
      // An old value that works beats none; it is asked for again soon.
      return isUsable ? { ...known, askedAt, freshUntil } : { failure, askedAt, readAt: askedAt, freshUntil };
    }
  };

  /** One call at a time for each secret and stage, however many wait for it. */
  const refresh = (id: string, name: string, stage: Stage): Promise<Entry> => {
    const running = underWay.get(id);
    if (running !== undefined) return running;
    const asked = ask(name, stage, entries.get(id))
      .then((entry) => {
        entries.set(id, entry);
        return entry;
      })
      .finally(() => underWay.delete(id));
    underWay.set(id, asked);
    return asked;
  };

  const entryOf = async (name: string, stage: Stage, isForced: boolean): Promise<Entry> => {
    const id = `${stage} ${name}`;
    const known = entries.get(id);
    const now = clock.now();
    if (known === undefined || now >= known.freshUntil) return refresh(id, name, stage);
    return isForced && now >= known.askedAt + FORCED_EVERY_MS ? refresh(id, name, stage) : known;
  };

  return {
    async read(name, wanted) {
      const { secret, failure } = await entryOf(name, 'AWSCURRENT', wanted === 'current');
      if (secret !== undefined) return secret;
      throw failure ?? new SecretUnavailableError(`secret "${name}" ${WORDS.unavailable}`, 'unavailable');
    },

    async readPrevious(name) {
      const { secret, failure } = await entryOf(name, 'AWSPREVIOUS', true);
      if (secret !== undefined || failure?.problem === 'absent') return secret;
      throw failure ?? new SecretUnavailableError(`secret "${name}" ${WORDS.unavailable}`, 'unavailable');
    },
  };
}
