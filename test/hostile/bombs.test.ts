import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { serveHttp } from '../http/servers.ts';
import type { Survived } from './bomb-child.ts';
import { bombs } from './bombs.ts';

const CAP = 262_144;
const MAX_GROWTH = 50 * 1_048_576;

describe('a bomb of a reply', () => {
  it('is cut off at the cap, and takes no memory worth a word, in whatever clothes', { timeout: 120_000 }, async () => {
    const all = await bombs();
    await using server = await serveHttp((request, response) => {
      const bomb = all[decodeURIComponent(request.url?.slice(1) ?? '')];
      if (bomb !== undefined) response.setHeader('content-encoding', bomb.encoding);
      response.end(bomb?.bytes ?? '{}');
    });
    const child = new URL('./bomb-child.ts', import.meta.url).pathname;
    const args = [child, server.origin, ...Object.keys(all)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16 * 1_048_576 });
    const survived: readonly Survived[] = JSON.parse(stdout);
    expect(survived).toHaveLength(Object.keys(all).length);
    for (const { name, sent, error, seen, grownBytes } of survived) {
      if (all[name]?.end === 'cut') expect([name, sent]).toEqual([name, 'ReplyLostError']);
      else expect([name, error]).toEqual([name, '']);
      if (error !== '')
        expect([name, error]).toEqual([name, expect.stringMatching(/^(OutputTooLarge|ReplyLost)Error$/)]);
      expect(seen, name).toBeLessThanOrEqual(CAP + 65_536);
      expect(grownBytes, name).toBeLessThan(MAX_GROWTH);
    }
    // What fills up a block is no part of the reply.
    expect(survived.find(({ name }) => name === 'gzip with zeros behind')?.sent).toBe('{"id":"1"}');
  });
});
