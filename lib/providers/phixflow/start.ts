/** The one call that begins a run, and what its reply proves. */
import { OutputTooLargeError, ProviderProtocolError, ReplyLostError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { Verdict } from '../../domain/run.ts';
import type { HttpClient, HttpReply, HttpRequest } from '../../http/http-client.ts';
import { isProxyStatus, isSuccess } from '../../http/reply.ts';
import type { ProviderOutput, Started, StartRequest } from '../provider.ts';
import { startFailureOf } from '../start-failure.ts';
import { type ByteReply, type ReplyBody, readReplyBody } from './body.ts';
import {
  badVerdictOf,
  echoedIdOf,
  hasEmptyProcessId,
  outputOf,
  processIdOf,
  saysStillGoing,
  timedOut,
  verdictOf,
} from './reply.ts';
import type { PhixflowEndpointSettings, PhixflowTarget } from './settings.ts';
import { type EndpointNames, triggerPath } from './url.ts';

/** Everything that is known of one endpoint beforehand. */
export interface PhixflowEndpoint extends PhixflowEndpointSettings {
  readonly target: PhixflowTarget;
  readonly serverErrorMeansNotAccepted: boolean;
}

const START = 'Start of a PhixFlow endpoint';

/** Sends the trigger once. @throws as `ProviderSession.start` says. */
export async function startEndpoint(
  http: HttpClient,
  endpoint: PhixflowEndpoint,
  request: StartRequest,
  call: Pick<HttpRequest, 'limits' | 'signal'>,
): Promise<Started> {
  try {
    return startedOf(await receive(http, { ...startRequest(request, endpoint), ...call, once: true }), endpoint);
  } catch (error) {
    if (error instanceof OutputTooLargeError && endpoint.target.mode === 'sync') return tooLarge(error);
    // Asynchronously it should have been a process id: whatever it was, it went unread.
    const failure = error instanceof OutputTooLargeError ? new ReplyLostError(error.message) : error;
    throw endpoint.endpointIdempotent ? repeatable(failure) : failure;
  }
}

function startRequest(request: StartRequest, endpoint: PhixflowEndpoint): Omit<HttpRequest, 'signal'> {
  const { target, timeoutMs, contentType } = endpoint;
  const hasBody = target.method !== 'GET';
  const inBody = ([name]: readonly [string, Json]) => hasBody && !target.queryParameters.includes(name);
  const parameters = Object.entries(request.parameters);
  const query = parameters.filter((parameter) => !inBody(parameter)).map(([name, value]) => [name, queryText(value)]);
  return {
    method: target.method,
    path: triggerPath(target),
    query: { ...Object.fromEntries(query), ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) },
    ...(hasBody
      ? {
          body:
            request.rawBody === undefined
              ? { kind: 'json', value: Object.fromEntries(parameters.filter(inBody)) }
              : { kind: 'text', contentType, text: request.rawBody },
        }
      : {}),
    accept: 'application/json, */*;q=0.5',
  };
}

function queryText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Sends and reads as bytes, because an endpoint may answer with a document. */
async function receive(http: HttpClient, request: HttpRequest): Promise<ByteReply> {
  const reply = await http.download(request);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return { status: reply.status, header: (name) => reply.header(name), bytes, text: bytes.toString('utf8') };
}

function startedOf(reply: ByteReply, endpoint: PhixflowEndpoint): Started {
  const body = readReplyBody(reply, endpoint);
  if (!isSuccess(reply)) return { kind: 'ended', verdict: verdictOfBadStatus(reply, body, endpoint) };
  if (body.kind === 'unreadable') throw new ReplyLostError(`${START}: the reply ${body.why}`, { status: reply.status });
  return endpoint.target.mode === 'async' ? asyncStarted(reply, body, endpoint) : syncStarted(reply, body, endpoint);
}

/** An author may choose any status, so a word of failure in the body is the endpoint speaking. @throws otherwise. */
function verdictOfBadStatus(reply: HttpReply, body: ReplyBody, endpoint: PhixflowEndpoint): Verdict {
  const { status } = reply;
  if (endpoint.target.mode === 'sync' && endpoint.abortStatuses.includes(status)) return timedOut(`HTTP ${status}`);
  const isSaying = body.kind === 'json' && status >= 400 && ![401, 403, 429].includes(status);
  const verdict = isSaying ? badVerdictOf(body.value, endpoint) : undefined;
  // A proxy calls its own trouble "error" too; only the word for an abort is PhixFlow's alone.
  if (verdict === undefined || (isProxyStatus(status) && verdict.status !== 'TIMED_OUT'))
    throw startFailureOf(reply, { what: START, ...endpoint });
  return verdict;
}

function asyncStarted(reply: HttpReply, body: ReplyBody, endpoint: PhixflowEndpoint): Started {
  const processId = body.kind === 'json' ? processIdOf(body.value, endpoint) : undefined;
  const isAccepted = processId !== undefined || reply.status === 202 || body.kind === 'empty';
  if (isAccepted && !endpoint.poll) {
    const id = processId === undefined ? {} : { remoteId: processId };
    return { kind: 'ended', ...id, verdict: { status: 'HANDED_OFF' } };
  }
  if (processId !== undefined) {
    const handle = handleFor(processId, endpoint.target);
    return { kind: 'accepted', handle, remoteId: processId, status: 'RUNNING' };
  }
  // A run that ends within the endpoint's timeout answers with its result instead of a process id.
  if (!isAccepted && isResult(body, endpoint)) return finished(body, endpoint);
  const message = `${START}: the reply has no process id (setting processIdPointers)`;
  throw new ProviderProtocolError(message, { status: reply.status });
}

/** All that a status call needs. */
export function handleFor(remoteId: string, { application, endpoint }: EndpointNames): Json {
  return { ...(application === undefined ? {} : { application }), endpoint, remoteId };
}

/** Text may be an id in another form; only a document or JSON without a word of going on is surely a result. */
function isResult(body: ReplyBody, endpoint: PhixflowEndpoint): boolean {
  if (body.kind === 'file') return true;
  if (body.kind !== 'json' || typeof body.value !== 'object') return false;
  return !saysStillGoing(body.value, endpoint) && !hasEmptyProcessId(body.value, endpoint);
}

function syncStarted(reply: HttpReply, body: ReplyBody, endpoint: PhixflowEndpoint): Started {
  if (body.kind === 'json' && echoedIdOf(body.value, endpoint) !== undefined) {
    const message = `${START}: the reply has a process id, so the endpoint is asynchronous (target.mode)`;
    throw new ProviderProtocolError(message, { status: reply.status });
  }
  return finished(body, endpoint);
}

function finished(body: ReplyBody, endpoint: PhixflowEndpoint): Started {
  const verdict: Verdict = body.kind === 'json' ? verdictOf(body.value, endpoint) : { status: 'SUCCEEDED' };
  const isGood = verdict.status === 'SUCCEEDED' || verdict.status === 'SUCCEEDED_WITH_WARNINGS';
  const output = isGood ? finishedOutput(body, endpoint) : undefined;
  return { kind: 'ended', verdict, ...(output === undefined ? {} : { output }) };
}

function finishedOutput(body: ReplyBody, endpoint: PhixflowEndpoint): ProviderOutput | undefined {
  const { outputName } = endpoint.target;
  if (body.kind === 'json') return outputOf(body.value, outputName, endpoint);
  // A named output is a place in a JSON document.
  if (outputName !== undefined) return { files: [] };
  if (body.kind === 'text') return { value: body.text, files: [] };
  return body.kind === 'file' ? { files: [body.file] } : undefined;
}

/** A synchronous endpoint that began to answer with 2xx has finished; only its reply is more than we keep. */
function tooLarge({ message }: OutputTooLargeError): Started {
  const error = { code: 'OUTPUT_TOO_LARGE', message };
  return { kind: 'ended', verdict: { status: 'FALLOUT', falloutReason: 'OUTPUT_TOO_LARGE', error } };
}

/** The operator's word makes a lost answer harmless: the endpoint recognises a repeated start. */
function repeatable(error: unknown): unknown {
  if (!(error instanceof ReplyLostError || error instanceof ProviderProtocolError)) return error;
  const { message, status, remoteText } = error;
  return new ReplyLostError(message, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(remoteText === undefined ? {} : { remoteText }),
    ...(error instanceof ReplyLostError ? { retryAfterMs: error.retryAfterMs } : {}),
    repeatable: true,
  });
}
