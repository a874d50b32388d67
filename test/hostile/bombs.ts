/** Replies that are small on the wire and large in memory. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';

export interface Bomb {
  readonly encoding: string;
  readonly bytes: Buffer;
  /** What becomes of it: cut off, or small enough to be read, whatever it then is. */
  readonly end: 'cut' | 'read';
}

const MEGABYTES = 96;
const MEGABYTE = new Uint8Array(1_048_576);

function* zeros() {
  for (let sent = 0; sent < MEGABYTES; sent += 1) yield MEGABYTE;
}

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const large = Buffer.alloc(1_048_576);
const small = Buffer.from('{"id":"1"}');

export async function bombs(): Promise<Readonly<Record<string, Bomb>>> {
  const gzip = await buffer(Readable.from(zeros()).pipe(createGzip({ level: 1 })));
  const deflate = await buffer(Readable.from(zeros()).pipe(createDeflate({ level: 1 })));
  const brotli = await buffer(Readable.from(zeros()).pipe(createBrotliCompress(quick)));
  const members = Buffer.concat(Array.from({ length: 400 }, () => gzipSync(large)));
  return {
    gzip: { encoding: 'gzip', bytes: gzip, end: 'cut' },
    'gzip by its old name': { encoding: 'X-GZIP', bytes: gzip, end: 'cut' },
    deflate: { encoding: 'deflate', bytes: deflate, end: 'cut' },
    brotli: { encoding: 'br', bytes: brotli, end: 'cut' },
    'four hundred members of gzip': { encoding: 'gzip', bytes: members, end: 'cut' },
    'gzip, and a bomb behind what is good': {
      encoding: 'gzip',
      bytes: Buffer.concat([gzipSync(small), gzip]),
      end: 'cut',
    },
    'gzip within gzip, both named': { encoding: 'gzip, gzip', bytes: gzipSync(gzip), end: 'cut' },
    'gzip within brotli, both named': { encoding: 'gzip, br', bytes: brotliCompressSync(gzip, quick), end: 'cut' },
    'gzip within deflate, one named': { encoding: 'deflate', bytes: deflateSync(gzip), end: 'cut' },
    'gzip, not named': { encoding: 'identity', bytes: gzip, end: 'cut' },
    'brotli, not named, and small': { encoding: 'identity', bytes: brotli.subarray(0, 200), end: 'read' },
    'deflate without its head': { encoding: 'deflate', bytes: deflateRawSync(large), end: 'cut' },
    'an encoding nobody asked for': { encoding: 'zstd', bytes: zstdCompressSync(large), end: 'cut' },
    'an encoding nobody knows': { encoding: '__proto__', bytes: small, end: 'cut' },
    'gzip that is none': { encoding: 'gzip', bytes: small, end: 'cut' },
    'gzip without its end': { encoding: 'gzip', bytes: gzipSync(small).subarray(0, -9), end: 'cut' },
    'gzip with a wrong sum': { encoding: 'gzip', bytes: withWrongSum(gzipSync(small)), end: 'cut' },
    'gzip with garbage behind': {
      encoding: 'gzip',
      bytes: Buffer.concat([gzipSync(small), Buffer.alloc(1_000, 'x')]),
      end: 'cut',
    },
    'gzip with zeros behind': {
      encoding: 'gzip',
      bytes: Buffer.concat([gzipSync(small), Buffer.alloc(1_000)]),
      end: 'read',
    },
    'zeros, not compressed': { encoding: 'identity', bytes: Buffer.alloc(8 * 1_048_576), end: 'cut' },
  };
}

function withWrongSum(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(1, bytes.length - 8);
  return bytes;
}
