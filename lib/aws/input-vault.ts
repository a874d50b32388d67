/** What callers gave us and must not be read: sealed with AES-256-GCM under keys derived from one root secret. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { OBJECTS } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { StoredInput } from '../domain/run.ts';
import type { InputVault, PlainInput } from '../workflow/ports.ts';

/** Where inputs live that are too large for the record. */
export interface Objects {
  put(key: string, text: string): Promise<void>;
  get(key: string): Promise<string>;
}

export interface InputVaultOptions {
  /** At least 32 bytes of high entropy; asked until it has been had once. */
  readonly rootKey: () => Promise<Uint8Array>;
  /** Absent in functions without the bucket, which never seal and open only sensitive values. */
  readonly objects?: Objects;
}

type Purpose = 'input' | 'fingerprint' | 'api-key';

interface SealedContent {
  readonly parameters: JsonObject;
  readonly rawBody?: string;
}

const VERSION = 'v1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MAX_INLINE_BYTES = 65_536;

function encrypt(key: Uint8Array, runId: string, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(runId));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}${sealed.toString('base64url')}`;
}

function decrypt(key: Uint8Array, runId: string, sealed: string): string {
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen(runId);
  const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(runId))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw cannotOpen(runId);
  }
}

function cannotOpen(runId: string): Error {
  return new InvalidInputError(
    `the sealed input of ${runId} was altered, is another run's, or the root key changed`,
    [],
  );
}

function pick(parameters: JsonObject, isWanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => isWanted(name)));
}

function sensitiveOf({ parameters, sensitive }: PlainInput): JsonObject {
  return pick(parameters, (name) => sensitive.includes(name));
}

function contentOf(parameters: JsonObject, rawBody: string | undefined): SealedContent {
  return rawBody === undefined ? { parameters } : { parameters, rawBody };
}

function isEmpty({ parameters, rawBody }: SealedContent): boolean {
  return rawBody === undefined && Object.keys(parameters).length === 0;
}

/** Seals and opens inputs; a sealed text opens only under the run id it was sealed for. */
export function createInputVault({ rootKey, objects }: InputVaultOptions): InputVault {
  const subkeys = new Map<Purpose, Uint8Array>();

  const subkey = async (purpose: Purpose): Promise<Uint8Array> => {
    const known = subkeys.get(purpose);
    if (known !== undefined) return known;
    const derived = new Uint8Array(hkdfSync('sha256', await rootKey(), '', `errand ${purpose} v1`, KEY_BYTES));
    subkeys.set(purpose, derived);
    return derived;
  };

  const sealContent = async (runId: string, content: SealedContent) =>
    encrypt(await subkey('input'), runId, JSON.stringify(content));

  const openContent = async (runId: string, sealed: string): Promise<SealedContent> =>
    JSON.parse(decrypt(await subkey('input'), runId, sealed));

  const sealUnlessEmpty = async (runId: string, content: SealedContent) =>
    isEmpty(content) ? {} : { sealed: await sealContent(runId, content) };

  const sealLarge = async (runId: string, input: PlainInput): Promise<StoredInput> => {
    if (objects === undefined)
      throw new InvalidInputError('an input this large needs the bucket, not at hand here', []);
    const key = `${OBJECTS.inputs}${runId}`;
    await objects.put(key, await sealContent(runId, contentOf(input.parameters, input.rawBody)));
    // In the record as well: whoever scrubs replies needs these and no more.
    const secret = await sealUnlessEmpty(runId, contentOf(sensitiveOf(input), undefined));
    return { parameters: {}, sensitive: input.sensitive, key, ...secret };
  };

  const openLarge = async (runId: string, key: string) => {
    if (objects === undefined)
      throw new InvalidInputError('an input this large needs the bucket, not at hand here', []);
    return openContent(runId, await objects.get(key));
  };

  return {
    async seal(runId, input) {
      const whole = JSON.stringify(contentOf(input.parameters, input.rawBody));
      if (Buffer.byteLength(whole) > MAX_INLINE_BYTES) return sealLarge(runId, input);
      const parameters = pick(input.parameters, (name) => !input.sensitive.includes(name));
      const secret = await sealUnlessEmpty(runId, contentOf(sensitiveOf(input), input.rawBody));
      return { parameters, sensitive: input.sensitive, ...secret };
    },

    async open(runId, { parameters, sensitive, sealed, key }) {
      if (key === undefined && sealed === undefined) return { parameters, sensitive };
      const content = key === undefined ? await openContent(runId, sealed ?? '') : await openLarge(runId, key);
      return { ...contentOf({ ...parameters, ...content.parameters }, content.rawBody), sensitive };
    },

    sealValues: (runId, values) => sealContent(runId, contentOf(values, undefined)),

    async openValues(runId, sealed) {
      return (await openContent(runId, sealed)).parameters;
    },

    async sensitiveValues(runId, { sealed }) {
      return sealed === undefined ? {} : (await openContent(runId, sealed)).parameters;
    },

    async digest(purpose, text) {
      return createHmac('sha256', await subkey(purpose))
        .update(text)
        .digest('base64url');
    },
  };
}
