import { SecretUnavailableError } from '../domain/errors.ts';
import { secretTexts } from './secret-value.ts';
import type { Secrets } from './secrets.ts';

const MIN_LENGTH = 32;

/** A key of our own: the one text in a secret. @throws SecretUnavailableError also for one that anybody could guess. */
export async function readOwnKey(secrets: Secrets, name: string): Promise<Uint8Array> {
  const [key = '', ...others] = secretTexts((await secrets.read(name, 'cached')).value);
  if (key.length >= MIN_LENGTH && others.length === 0) return Buffer.from(key);
  const rule = `expected a JSON object with one text of ${MIN_LENGTH} characters or more`;
  throw new SecretUnavailableError(`secret "${name}": ${rule}`, 'malformed');
}
