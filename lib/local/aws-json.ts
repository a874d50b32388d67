/** AWS's JSON protocol on loopback: `X-Amz-Target` names the operation, errors are `__type` and `message`. */
import { hash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../domain/json.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from './loopback.ts';
import { type AccessKey, checkSignature } from './sigv4.ts';

const MAX_BODY_BYTES = 2_000_000;

/** What an operation answers when the caller is wrong; `name` is AWS's name of the error. */
export class AwsError extends Error {
  readonly httpStatus: number;

  constructor(name: string, message: string, httpStatus = 400) {
    super(message);
    this.name = name;
    this.httpStatus = httpStatus;
  }
}

/** The signal says that the caller is gone: what it waits for would reach nobody. */
export type Operation = (input: JsonObject, signal: AbortSignal) => Promise<object> | object;

export interface AwsJsonService {
  /** Prefix of `X-Amz-Target`, as in `secretsmanager`. */
  readonly target: string;
  readonly contentType: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly accessKey: AccessKey;
  readonly log: (line: string) => void;
  /** Hears of each request by the name of its operation. */
  readonly onRequest?: ((operation: string) => void) | undefined;
  /** @default 2,000,000 */
  readonly maxBodyBytes?: number;
  /** What a refusal carries beside its body. */
  readonly errorHeaders?: (error: AwsError) => Readonly<Record<string, string>>;
}

const SIGNATURE_ERRORS = {
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  Expired: 'InvalidSignatureException',
} as const;

/** @throws AwsError unless the request was signed with our key. */
export function requireSignature(request: IncomingMessage, body: Buffer, key: AccessKey): void {
  const bodySha256 = hash('sha256', body);
  const { method = '', url = '', headers } = request;
  const problem = checkSignature({ method, url, headers, bodySha256 }, key, Date.now());
  if (problem) throw new AwsError(SIGNATURE_ERRORS[problem], 'The request is not signed with this instance’s key.');
}

/** @throws AwsError */
export function parseInput(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString() || '{}') as JsonObject;
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.');
  }
}

async function answer(service: AwsJsonService, request: IncomingMessage, signal: AbortSignal): Promise<object> {
  const body = await readBody(request, service.maxBodyBytes ?? MAX_BODY_BYTES);
  if (!body) throw new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413);
  requireSignature(request, body, service.accessKey);
  const [prefix, name = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (prefix !== service.target || !operation) {
    throw new AwsError('UnknownOperationException', `The local runtime does not offer ${prefix}.${name}.`);
  }
  service.onRequest?.(name);
  return operation(parseInput(body), signal);
}

/** Writes an error the way AWS does; what is not an `AwsError` is our own fault, a 500. */
export function errorReply(error: unknown): { status: number; body: { __type: string; message: string } } {
  if (error instanceof AwsError) {
    return { status: error.httpStatus, body: { __type: error.name, message: error.message } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: { __type: 'InternalServiceError', message } };
}

/** As one text, which leaves together with its headers. */
export function sendJson(response: ServerResponse, contentType: string, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}

/** Serves the operations until closed. */
export function serveAwsJson(service: AwsJsonService): Promise<LoopbackServer> {
  return listenOnLoopback((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(service, request, gone.signal).then(
      (output) => sendJson(response, service.contentType, 200, output),
      (error: unknown) => {
        const { status, body } = errorReply(error);
        if (status === 500) service.log(`${service.target}: ${body.message}`);
        const headers = error instanceof AwsError ? (service.errorHeaders?.(error) ?? {}) : {};
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        sendJson(response, service.contentType, status, body);
      },
    );
  });
}
