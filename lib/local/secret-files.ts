/** Secrets as files of the data directory: `secrets.json` (the user's), `root-key` and `event-key` (ours). */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { LocalStartError } from './local-start-error.ts';
import { makePrivate, readIfPresent, writePrivateFile } from './private-files.ts';

export interface SecretVersion {
  readonly versionId: string;
  /** The secret's JSON, as text. */
  readonly text: string;
  readonly createdAtMs: number;
}

export interface StoredSecret {
  readonly current: SecretVersion;
  /** What it was before the last change that this process saw. */
  readonly previous?: SecretVersion;
}

export interface SecretFiles {
  /** Reads the file again each time, so a rotation needs no restart. */
  read(name: string): StoredSecret | undefined;
  put(name: string, text: string): StoredSecret;
}

const secretsSchema = z.record(z.string().min(1), z.record(z.string(), z.unknown()));

function versionOf(text: string, createdAtMs: number): SecretVersion {
  const hash = createHash('sha256').update(text).digest('hex');
  const versionId = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return { versionId, text, createdAtMs };
}

function parse(path: string, text: string): Record<string, Record<string, unknown>> {
  const remedy =
    'Expected a JSON object that maps each secret’s name to an object, as in {"errand/acme": {"apiKey": "…"}}.';
  // The parser's own message is left out: it quotes the text, which is secret.
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LocalStartError(`${path} is not valid JSON. ${remedy}`);
  }
  const parsed = secretsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.');
  throw new LocalStartError(`${path} is malformed${where ? ` at "${where}"` : ''}. ${remedy}`);
}

/** A key of our own, made on first use. One that is there is never replaced. */
function readOwnKey(path: string, field: string, remedy: string): string {
  const existing = readIfPresent(path);
  if (existing === undefined) {
    const created = JSON.stringify({ [field]: randomBytes(32).toString('base64') });
    writePrivateFile(path, created);
    return created;
  }
  makePrivate(path);
  try {
    const key = z.object({ [field]: z.base64().min(44) }).parse(JSON.parse(existing));
    return JSON.stringify(key);
  } catch {
    throw new LocalStartError(`${path} is damaged. Put back a copy of it; ${remedy}`);
  }
}

/** A lost root key makes stored inputs unreadable. */
const ROOT_KEY_REMEDY = 'without one the stored inputs cannot be read, so start with another data directory (--data).';
const EVENT_KEY_REMEDY = 'or remove it: a new one is made, which receivers of events must then be given.';

/**
 * Opens the secrets of a data directory.
 * @param eventKeySecret name of the secret with which events are signed; without it there is none.
 * @throws LocalStartError when a file is malformed, here and on each read.
 */
export function openSecretFiles(
  dataDir: string,
  rootKeySecret: string,
  nowMs: () => number,
  eventKeySecret?: string,
): SecretFiles {
  const path = join(dataDir, 'secrets.json');
  const known = new Map<string, StoredSecret>();

  function remember(name: string, text: string): StoredSecret {
    const seen = known.get(name);
    if (seen?.current.text === text) return seen;
    const next = { current: versionOf(text, nowMs()), ...(seen && { previous: seen.current }) };
    known.set(name, next);
    return next;
  }

  function load(): Record<string, Record<string, unknown>> {
    const text = readIfPresent(path);
    if (text === undefined) return {};
    makePrivate(path);
    const secrets = parse(path, text);
    for (const [name, value] of Object.entries(secrets)) remember(name, JSON.stringify(value));
    return secrets;
  }

  remember(rootKeySecret, readOwnKey(join(dataDir, 'root-key'), 'key', ROOT_KEY_REMEDY));
  if (eventKeySecret !== undefined) {
    remember(eventKeySecret, readOwnKey(join(dataDir, 'event-key'), 'eventKey', EVENT_KEY_REMEDY));
  }
  load();
  return {
    read(name) {
      if (name === rootKeySecret || name === eventKeySecret) return known.get(name);
      return Object.hasOwn(load(), name) ? known.get(name) : undefined;
    },
    put(name, text) {
      const secrets = { ...load(), [name]: parse(path, `{"secret":${text}}`).secret };
      writePrivateFile(path, `${JSON.stringify(secrets, undefined, 2)}\n`);
      return remember(name, JSON.stringify(secrets[name]));
    },
  };
}
