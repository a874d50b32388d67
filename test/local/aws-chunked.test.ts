import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../lib/local/aws-chunked.ts';

/** Sends the text in pieces of so many bytes. */
const decode = async (text: string, size: number) => {
  const bytes = Buffer.from(text, 'latin1');
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return (await buffer(Readable.from(decodeAwsChunked(Readable.from(pieces))))).toString('latin1');
};

describe('an aws-chunked body', () => {
  const body = `5\r\nhello\r\n7;chunk-signature=${'a'.repeat(64)}\r\n, w\r\nld\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;

  it('is unwrapped to the same bytes, wherever the network cuts it', async () => {
    for (const size of [1, 2, 3, 7, 1_000]) expect(await decode(body, size)).toBe('hello, w\r\nld');
  });

  it.each([
    ['ends early', '5\r\nhel'],
    ['has no last chunk', '5\r\nhello\r\n'],
    ['has a chunk longer than it says', '3\r\nhello\r\n0\r\n\r\n'],
    ['has a size that is none', 'five\r\nhello\r\n'],
    ['has a header without end', 'a'.repeat(10_000)],
  ])('that %s is refused', async (_, text) => {
    await expect(decode(text, 4)).rejects.toMatchObject({ name: 'MalformedChunkError' });
  });
});
