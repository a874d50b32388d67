import type { Json, JsonObject } from '../../domain/json.ts';
import type { PhixflowInput } from './endpoints.ts';

export type PhixflowCall =
  | { readonly kind: 'call'; readonly input: PhixflowInput; readonly timeoutMs: number | undefined }
  | { readonly kind: 'refused'; readonly status: 400 | 415; readonly message: string };

/** The fixed inputs of every endpoint; a query cannot set them. */
const FIXED_INPUTS = ['body', 'contentType', 'headers', 'url'];

/** Reads a call strictly: what PhixFlow might forgive is an error here, so that no client gets used to it. */
export async function readPhixflowCall(request: Request): Promise<PhixflowCall> {
  const url = new URL(request.url);
  const query = [...url.searchParams];
  const names = query.map(([name]) => name);
  if (new Set(names).size < names.length) return refused('A query name is given twice.');
  if (names.some((name) => FIXED_INPUTS.includes(name))) return refused('A query name is one of the fixed inputs.');
  const timeout = url.searchParams.get('timeout');
  if (timeout !== null && !/^[1-9]\d{0,8}$/.test(timeout)) return refused('The timeout is not in milliseconds.');

  const body = await request.text();
  const hasBody = body !== '' || Number(request.headers.get('content-length') ?? 0) > 0;
  const contentType = request.headers.get('content-type') ?? '';
  if (hasBody && request.method === 'GET') return refused('A GET request has no body.');
  if (hasBody && contentType === '') return { kind: 'refused', status: 415, message: 'The body has no type.' };
  const isJson = contentType.startsWith('application/json');
  const fields = isJson ? parse(body) : {};
  if (fields === undefined) return refused('The body is not JSON.');
  const parameters = { ...objectOf(fields), ...Object.fromEntries(query.filter(([name]) => name !== 'timeout')) };
  const input = { body, contentType, url: request.url, parameters };
  return { kind: 'call', input, timeoutMs: timeout === null ? undefined : Number(timeout) };
}

function refused(message: string): PhixflowCall {
  return { kind: 'refused', status: 400, message };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
