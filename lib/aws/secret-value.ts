/** Checks a secret's text before anything is called with it. Complaints name the secret and the rule, never the value. */
import { SecretUnavailableError } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { isDeeperThan } from '../domain/json-limits.ts';

/** What platforms want is flat. */
const MAX_DEPTH = 16;
const BYTE_ORDER_MARK = '\uFEFF';

/** Editors and shells leave these behind; one is forgiven. */
function trim(text: string): string {
  const marked = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return marked.replace(/\r?\n$/, '');
}

function clean(value: Json, path: string, refuse: (rule: string) => never): Json {
  if (typeof value === 'string') {
    const text = trim(value);
    // Such characters break a header, and the error would then print the header.
    if (!/^[\x20-\x7E]*$/.test(text)) refuse(`${path} holds a control character or one outside ASCII`);
    return text;
  }
  if (Array.isArray(value)) return value.map((item, index) => clean(item, `${path}[${index}]`, refuse));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, item]) => [name, clean(item, `${path}.${name}`, refuse)]);
  return Object.fromEntries(entries);
}

/** The JSON object in a secret, cleaned. */
export function parseSecret(name: string, text: string | undefined): JsonObject {
  const refuse = (rule: string): never => {
    throw new SecretUnavailableError(`secret "${name}": ${rule}`, 'malformed');
  };
  if (text === undefined) return refuse('holds bytes; expected a JSON object as text');
  const value = parseJson(trim(text));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return refuse('expected a JSON object');
  if (isDeeperThan(value, MAX_DEPTH)) return refuse(`is nested more than ${MAX_DEPTH} levels deep`);
  return clean(value, 'value', refuse) as JsonObject;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    return undefined;
  }
}

/** Every text in a secret, for scrubbing it out of what comes back. */
export function secretTexts(value: Json): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(secretTexts);
}
