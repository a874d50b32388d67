/** Secrets as a connection needs them: checked by its provider's own schema, never repeated. */
import { parseSecret, secretTexts } from '../../aws/secret-value.ts';
import type { Config } from '../../domain/config.ts';
import { SecretUnavailableError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { AuthScheme } from '../../http/http-client.ts';
import { providerOf } from '../../providers/registry.ts';
import { jsonSchemaOf } from './schema-fields.ts';

export type Connection = Config['connections'][string];

export interface Credentials {
  readonly auth: AuthScheme;
  /** Every text in the secret, for scrubbing it out of what comes back. */
  readonly texts: readonly string[];
}

/** @throws SecretUnavailableError saying which field is wrong, never what is in it. */
export function credentialsOf(connection: Connection, name: string, text: string): Credentials {
  const definition = providerOf(connection.provider);
  const value = parseSecret(name, text);
  const parsed = definition.credentials.safeParse(value);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(
      ({ path, code, message }) =>
        // The names of fields too many are the secret's: somebody may have put the key in their place.
        `${path.join('.') || 'its fields'}: ${code === 'unrecognized_keys' ? 'there are others than these' : message}`,
    );
    const wanted = wantedShape(connection);
    throw new SecretUnavailableError(
      `the secret "${name}" is not what ${definition.id} needs, ${wanted} (${fields.slice(0, 3).join('; ')})`,
      'malformed',
    );
  }
  const auth = definition.auth(parsed.data, definition.settings.parse(connection.settings));
  return { auth, texts: secretTexts(value) };
}

/** What is wrong with one field in the schema's own words; undefined where nothing is, or where it says nothing of it. */
export function fieldMistake({ provider }: Connection, value: JsonObject, field: string): string | undefined {
  const parsed = providerOf(provider).credentials.safeParse(value);
  return parsed.error?.issues.find(({ path }) => path[0] === field)?.message;
}

/** The shapes that the provider takes, as `{"apiKey"}`. */
export function wantedShape(connection: Connection): string {
  return fieldSets(connection.provider)
    .map((fields) => `{${fields.map(({ name, isRequired }) => `"${name}"${isRequired ? '' : '?'}`).join(',')}}`)
    .join(' or ');
}

export interface CredentialField {
  readonly name: string;
  readonly isRequired: boolean;
}

/** The fields of each kind of credentials that the provider takes, its first choice first. */
export function fieldSets(provider: Connection['provider']): readonly (readonly CredentialField[])[] {
  const schema = jsonSchemaOf(providerOf(provider).credentials);
  return (schema.anyOf ?? [schema]).map(({ properties = {}, required = [] }) =>
    Object.keys(properties).map((name) => ({ name, isRequired: required.includes(name) })),
  );
}

/** A bare key is one for those who take nothing else than a key. */
export function bareKey(provider: Connection['provider'] | undefined, text: string): JsonObject | undefined {
  if (provider === undefined) return { apiKey: text };
  const set = fieldSets(provider).find((fields) => fields.filter(({ isRequired }) => isRequired).length === 1);
  const [only] = set ?? [];
  return only === undefined ? undefined : { [only.name]: text };
}
