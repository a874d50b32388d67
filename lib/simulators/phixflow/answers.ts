/** PhixFlow's replies on the wire. */
import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { PhixflowEndpoint, PhixflowInput } from './endpoints.ts';

/** A reply with the word for it, a bare one, or a closed connection. */
export type AbortShows = '500' | '504' | 'bare-504' | 'drop';
/** `{"processId":1}`, `{"success":true,"processId":"1"}`, `{"process":{"id":1}}`, `{"id":"1"}`. */
export type ProcessIdShape = 'number' | 'string' | 'nested' | 'id';

/** A refusal by the platform itself. */
export function problem(statusCode: number, message: string): Response {
  return Response.json({ message }, { status: statusCode });
}

/** What a client sees of a command that was aborted. */
export function aborted(shows: AbortShows, context: Context, timeoutMs: number): Response {
  const { outgoing } = (context.env ?? {}) as { readonly outgoing?: ServerResponse };
  if (shows === 'drop') outgoing?.destroy();
  if (shows === 'bare-504' || shows === 'drop') return new Response(null, { status: 504 });
  const message = `The command was aborted: its timeout of ${timeoutMs} ms has passed.`;
  return Response.json({ status: 'Aborted', message }, { status: Number(shows) });
}

/** The reply to an asynchronous call that goes on. */
export function accepted(id: string, shape: ProcessIdShape, statusCode: number): Response {
  const shapes = {
    number: `{"processId":${id}}`,
    string: `{"success":true,"processId":"${id}"}`,
    nested: `{"process":{"id":${id}}}`,
    id: `{"id":"${id}"}`,
  };
  // As text: JavaScript has no number for an id beyond 2^53.
  return jsonText(shapes[shape], statusCode);
}

/** The author's own reply. */
export function answerOf(endpoint: PhixflowEndpoint, input: PhixflowInput): Response {
  const { statusCode: statusOf = 200, contentType, body } = endpoint.answer(input);
  if (body instanceof Uint8Array)
    return new Response(Uint8Array.from(body), {
      status: statusOf,
      headers: { 'content-type': contentType ?? 'application/octet-stream' },
    });
  if (contentType !== undefined && typeof body === 'string')
    return new Response(body, { status: statusOf, headers: { 'content-type': contentType } });
  return jsonText(JSON.stringify(body), statusOf);
}

/** JSON that is written already. */
export function jsonText(text: string, statusCode: number): Response {
  return new Response(text, { status: statusCode, headers: { 'content-type': 'application/json' } });
}
