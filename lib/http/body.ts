/** The body of a reply: decoded, counted while it streams, and never given out as whole unless it is. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ReplyLostError } from '../domain/errors.ts';
import { broken, interrupted } from './failures.ts';
import type { Watch } from './watch.ts';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export interface BodyOptions {
  readonly subject: string;
  readonly watch: Watch;
  readonly maxBytes: number;
  /** What to throw when there is more than `maxBytes`. */
  tooLarge(): Error;
  /** Called once the reading has ended, well or not. */
  done?(): void;
}

/** Reads a reply's body; takes over the reply at once and ends it however the reading ends. */
export function readBody(reply: IncomingMessage, options: BodyOptions): AsyncGenerator<Uint8Array> {
  const source = decode(reply, options.subject);
  // Between two reads nobody listens, and an unheard error would end the process.
  source.on('error', () => undefined);
  const { signal } = options.watch;
  const stop = () => source.destroy(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return chunks(source, options);
}

function decode(reply: IncomingMessage, subject: string): Readable {
  const encoding = (reply.headersDistinct['content-encoding'] ?? []).join(',').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || isEmpty(reply)) return reply;
  const createDecoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (createDecoder !== undefined) return pipeline(reply, createDecoder(), () => undefined);
  reply.destroy();
  throw new ReplyLostError(`${subject}: sent, but the reply came in an encoding that was not asked for`);
}

/** Some servers name an encoding for a body that is not there; a decoder would miss its end. */
function isEmpty(reply: IncomingMessage): boolean {
  return reply.statusCode === 204 || reply.statusCode === 304 || reply.headers['content-length'] === '0';
}

async function* chunks(source: Readable, options: BodyOptions): AsyncGenerator<Uint8Array> {
  const { subject, watch, maxBytes } = options;
  const iterator: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  let bytes = 0;
  try {
    for (;;) {
      watch.resume();
      const next = await iterator.next();
      watch.rest();
      if (next.done === true) return;
      bytes += next.value.byteLength;
      if (bytes > maxBytes) throw options.tooLarge();
      yield next.value;
    }
  } catch (error) {
    if (watch.signal.aborted) throw interrupted(subject, watch.why(), true, watch.signal.reason);
    throw bytes > maxBytes ? error : broken(subject, error, true);
  } finally {
    options.done?.();
    // Takes a reply that is not complete, and its connection, with it; a complete one has left already.
    source.destroy();
  }
}
