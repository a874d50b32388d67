/** Replies with a good status that say nothing, as proxies, logins, bugs and cut connections make them. */
import type { FaultInput } from './world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

interface Body {
  readonly text: string;
  readonly headers?: Record<string, string>;
}

/** What the fields that may hold an id have in common, whichever platform reads them. */
function idEverywhere(id: unknown): string {
  return JSON.stringify({ id, runId: id, processId: id, sessionId: id, transactionId: 5, status: {}, data: { id } });
}

export const UNUSABLE: Readonly<Record<string, Body>> = {
  'a page of HTML': { text: '<!doctype html><title>Sign in</title>', headers: { 'content-type': 'text/html' } },
  'HTML that calls itself JSON': { text: '<html><body>502</body></html>' },
  nothing: { text: '' },
  null: { text: 'null' },
  'an empty list': { text: '[]' },
  'an empty object': { text: '{}' },
  'a text': { text: '"ok"' },
  'a number': { text: '7' },
  'half a document': { text: '{"id":"5f0c' },
  'half a document that calls itself text': { text: '{"id":"5f0c', headers: { 'content-type': 'text/plain' } },
  'an empty id': { text: idEverywhere('') },
  'ids of another type': { text: idEverywhere({ value: [1] }) },
  'an id that climbs': { text: idEverywhere('../../admin') },
  'nesting without end': { text: '['.repeat(100_000) },
};

/** The titles of `UNUSABLE`. */
export const UNUSABLE_TITLES = Object.keys(UNUSABLE);

/** @param after the platform has acted before it answers so. */
export function unusable(title: string, after: boolean): FaultInput {
  const { text = '', headers = JSON_TYPE } = UNUSABLE[title] ?? {};
  return { kind: after ? 'reply-after' : 'reply', status: 200, body: text, headers };
}

/** A JSON reply. */
export function jsonReply(body: unknown, status = 200, headers: Record<string, string> = {}): FaultInput {
  return { kind: 'reply', status, body: JSON.stringify(body), headers: { ...JSON_TYPE, ...headers } };
}
