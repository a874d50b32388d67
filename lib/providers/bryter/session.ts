/** Reads BRYTER's replies: which session it is, and what it is doing. */
import { z } from 'zod';
import { ProviderProtocolError } from '../../domain/errors.ts';
import type { Verdict } from '../../domain/run.ts';
import type { RemoteStatus } from '../../domain/status.ts';
import type { HttpReply } from '../../http/http-client.ts';
import { parseJson } from '../../http/json.ts';
import { readJson } from '../../http/reply.ts';
import { type Look, meaningOf, ownLink, providerFailed, type StatusMap } from '../provider.ts';

const optionalText = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);
const optionalLink = z.string().optional().catch(undefined);

/** Every field on its own: one that is odd must not hide another that names the session. */
const startReplySchema = z.object({
  id: optionalText,
  sessionId: optionalText,
  data: z.object({ id: optionalText, sessionId: optionalText, state: optionalText }).optional().catch(undefined),
  links: z.object({ self: optionalLink, browser: optionalLink }).optional().catch(undefined),
});
type StartReply = z.output<typeof startReplySchema>;

const statusReplySchema = startReplySchema.extend({
  data: z.object({ id: optionalText, sessionId: optionalText, state: z.string().min(1) }),
});

const GOING: StatusMap<RemoteStatus> = {
  created: 'QUEUED',
  running: 'RUNNING',
  waitingforinput: 'WAITING_FOR_INPUT',
};

const ENDED: StatusMap<Verdict> = {
  completed: { status: 'SUCCEEDED' },
  fatalerrored: {
    status: 'FAILED',
    error: providerFailed('BRYTER ended the session with a fatal error and gives no reason.'),
  },
  // Documented for sessions older than the execution API: it will never change into anything useful.
  unknown: {
    status: 'FALLOUT',
    falloutReason: 'UNKNOWN_STATUS',
    error: { code: 'UNKNOWN_STATUS', message: 'BRYTER does not track the state of this session.' },
  },
};

export interface StartedSession {
  readonly sessionId: string | undefined;
  readonly status: RemoteStatus;
  readonly remoteStatus?: string;
  readonly browserUrl?: string;
}

/** What a start reply tells; its shape is not documented, so nothing in it is required and a body may be absent. */
export function readStarted(reply: HttpReply, baseUrl: string): StartedSession {
  const body = readLoosely(reply.text);
  const state = body.data?.state;
  return {
    sessionId: sessionIdIn(reply, body),
    // A session that has ended already is seen by the first look.
    status: state === undefined ? 'QUEUED' : (meaningOf(GOING, state) ?? 'RUNNING'),
    ...(state === undefined ? {} : { remoteStatus: state }),
    ...browserUrlOf(body, baseUrl),
  };
}

export interface LookOptions {
  /** What was attempted, for messages. */
  readonly what: string;
  readonly sessionId: string;
  readonly baseUrl: string;
}

/** @throws ProviderProtocolError when the reply speaks of another session. */
export function readLook(reply: HttpReply, { what, sessionId, baseUrl }: LookOptions): Look {
  const body = readJson(reply, statusReplySchema, { operation: 'read', what });
  const echoed = body.data.id ?? body.data.sessionId ?? idInLink(body.links?.self);
  if (echoed !== undefined && echoed !== sessionId)
    throw new ProviderProtocolError(`${what}: the reply belongs to another session.`, { status: reply.status });

  const remoteStatus = body.data.state;
  const verdict = meaningOf(ENDED, remoteStatus);
  if (verdict !== undefined) return { kind: 'ended', verdict: { ...verdict, remoteStatus } };
  const status = meaningOf(GOING, remoteStatus);
  const link = browserUrlOf(body, baseUrl);
  if (status === 'WAITING_FOR_INPUT')
    return {
      kind: 'waiting',
      remoteStatus,
      ...link,
      ...(link.browserUrl === undefined ? {} : { url: link.browserUrl }),
    };
  return {
    kind: 'going',
    remoteStatus,
    status: status ?? 'RUNNING',
    ...(status ? {} : { unknownWord: true }),
    ...link,
  };
}

function readLoosely(text: string): StartReply {
  try {
    return startReplySchema.parse(parseJson(text));
  } catch {
    return {};
  }
}

/** The first place that names the session. */
function sessionIdIn(reply: HttpReply, { data, id, sessionId, links }: StartReply): string | undefined {
  const fields = [data?.id, data?.sessionId, id, sessionId];
  const inLinks = [links?.self, reply.header('location'), links?.browser].map(idInLink);
  return [...fields, ...inLinks].find((candidate) => candidate !== undefined && candidate !== '');
}

/** The last path segment, when it follows `sessions/`: a link to the collection names no session. */
function idInLink(link: string | undefined): string | undefined {
  if (link === undefined || !URL.canParse(link, 'https://host')) return undefined;
  return /\/sessions\/([^/]+)\/?$/.exec(new URL(link, 'https://host').pathname)?.[1];
}

/** The page for a person, only on the connection's own host. */
function browserUrlOf({ links }: Pick<StartReply, 'links'>, baseUrl: string): { readonly browserUrl?: string } {
  const browserUrl = links?.browser === '' ? undefined : ownLink(links?.browser, baseUrl);
  return browserUrl === undefined ? {} : { browserUrl };
}
