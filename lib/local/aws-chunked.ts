/** Unwraps `aws-chunked` bodies: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n<trailers>\r\n\r\n`. */

const MAX_LINE_BYTES = 8_192;

/** The body is not what its headers say. */
export class MalformedChunkError extends Error {
  override readonly name = 'MalformedChunkError';
}

interface Reader {
  line(): Promise<string>;
  /** Up to `max` bytes, at least one; throws at the end of the body. */
  some(max: number): Promise<Buffer>;
}

function readerOf(source: AsyncIterable<Uint8Array>): Reader {
  const iterator = source[Symbol.asyncIterator]();
  let buffered: Buffer = Buffer.alloc(0);
  async function fill(): Promise<void> {
    const { value, done } = await iterator.next();
    if (done) throw new MalformedChunkError('The body ends in the middle of a chunk.');
    buffered = buffered.length === 0 ? Buffer.from(value) : Buffer.concat([buffered, value]);
  }
  function take(bytes: number): Buffer {
    const taken = buffered.subarray(0, bytes);
    buffered = buffered.subarray(bytes);
    return taken;
  }
  return {
    async line() {
      for (;;) {
        const end = buffered.indexOf('\r\n');
        if (end >= 0) return take(end + 2).toString('latin1', 0, end);
        if (buffered.length > MAX_LINE_BYTES) throw new MalformedChunkError('A chunk header is too long.');
        await fill();
      }
    },
    async some(max) {
      while (buffered.length === 0) await fill();
      return take(max);
    },
  };
}

/** Yields the payload alone; trailers (checksums) are read and dropped. */
export async function* decodeAwsChunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = readerOf(source);
  for (;;) {
    const header = await reader.line();
    const size = /^([0-9a-f]{1,8})(;.*)?$/i.exec(header)?.[1];
    if (size === undefined) throw new MalformedChunkError('A chunk header is not a size.');
    let left = Number.parseInt(size, 16);
    if (left === 0) break;
    while (left > 0) {
      const bytes = await reader.some(left);
      left -= bytes.length;
      yield bytes;
    }
    if ((await reader.line()) !== '') throw new MalformedChunkError('A chunk is longer than its header says.');
  }
  while ((await reader.line()) !== '');
}
