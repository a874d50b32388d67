import { describe, expect, it } from 'vitest';
import type { RunOutput } from '../../lib/domain/run.ts';
import { type Client, setUp } from './client.ts';

interface ListedFile {
  readonly href: string;
}

const FILE = { name: 'Offer.pdf', mediaType: 'application/pdf', bytes: 0, sha256: 'x', key: 'outputs/secret' };

/** A run that ended with this output. */
async function endedWith({ world }: Client, output: RunOutput): Promise<string> {
  const { id } = await world.accept();
  await world.drive(id);
  const ended = await world.run(id);
  await world.store.save({ ...ended, version: ended.version + 1, writeId: 'files', output });
  return id;
}

describe('what came back', () => {
  it('can be had when the run has ended, and not before', async () => {
    const { call, world } = await setUp();
    const { id } = await world.accept();
    const early = await call('GET', `/v1/runs/${id}/output`);
    expect([early.status, early.body.detail]).toEqual([409, 'The run has not ended yet: ACCEPTED.']);
    await world.drive(id);
    expect((await call('GET', `/v1/runs/${id}/output`)).body).toEqual({ value: { a: 1 }, files: [] });
  });

  it('is an empty list where there is nothing', async () => {
    const { call, world } = await setUp();
    const { id } = await world.accept();
    await call('POST', `/v1/runs/${id}/cancel`);
    const { status, body } = await call('GET', `/v1/runs/${id}/output`);
    expect([status, body]).toEqual([200, { files: [] }]);
  });

  it.each(['..', 'a/b.pdf', '\ud800.pdf', 'ü "x".pdf', '', '100%.pdf', 'a\r\nset-cookie: x.pdf'])(
    'can be fetched by its link, whatever a platform calls the file: %j',
    async (name) => {
      const client = await setUp();
      const id = await endedWith(client, {
        files: [
          { ...FILE, name },
          { ...FILE, name },
        ],
        bytes: 0,
      });
      const files: readonly ListedFile[] = (await client.call('GET', `/v1/runs/${id}/output`)).body.files;
      expect(new Set(files.map(({ href }) => href)).size).toBe(2);
      for (const { href } of files) {
        const { status, headers } = await client.call('GET', href);
        expect(status).toBe(200);
        expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''/);
      }
    },
  );

  it('gives files of one name links of their own, and none of our own names', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [FILE, FILE], bytes: 0 });
    const { body, text } = await client.call('GET', `/v1/runs/${id}/output`);
    const hrefs = body.files.map(({ href }: ListedFile) => href);
    expect(hrefs).toEqual([`/v1/runs/${id}/output/files/Offer.pdf`, `/v1/runs/${id}/output/files/Offer-2.pdf`]);
    expect(text).not.toContain('outputs/secret');
  });

  it('is never anything that a browser would run, or keep', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [{ ...FILE, name: 'x.html', mediaType: 'text/html' }], bytes: 0 });
    const { headers } = await client.call('GET', `/v1/runs/${id}/output/files/x.html`);
    expect(headers.get('content-disposition')).toContain('attachment');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  it('is fetched elsewhere when it is too large for a reply', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [{ ...FILE, bytes: 4_000_001 }], bytes: 4_000_001 });
    const { status, headers, text } = await client.call('GET', `/v1/runs/${id}/output/files/Offer.pdf`);
    expect([status, headers.get('location'), text]).toEqual([303, 'https://bucket.example.com/file', '']);
  });

  it('has no file of another name', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [FILE], bytes: 0 });
    for (const name of ['offer.pdf', 'Offer-2.pdf', '..%2fOffer.pdf', '%'])
      expect((await client.call('GET', `/v1/runs/${id}/output/files/${name}`)).status).toBe(404);
  });

  it('has a link for whoever can send no header, which says until when it works', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [FILE, { ...FILE, bytes: 4_000_001 }], bytes: 4_000_001 });
    client.world.advance(999);
    for (const name of ['Offer.pdf', 'Offer-2.pdf']) {
      const { status, body, headers } = await client.call('GET', `/v1/runs/${id}/output/files/${name}/link`);
      // Links are signed by the second, the one that has begun.
      const signedAt = Math.floor(client.world.now() / 1_000) * 1_000;
      const expiresAt = new Date(signedAt + 300_000).toISOString();
      expect([status, body]).toEqual([200, { href: 'https://bucket.example.com/file', expiresAt }]);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('has no link to what is not there, or not for this key', async () => {
    const client = await setUp();
    const id = await endedWith(client, { files: [FILE], bytes: 0 });
    const path = `/v1/runs/${id}/output/files/Offer.pdf/link`;
    const none = await client.call('GET', `/v1/runs/${id}/output/files/offer.pdf/link`);
    expect(none.status).toBe(404);
    const [foreign, starter] = await Promise.all([
      client.as({ scopes: ['runs:read'], flows: ['other'] }),
      client.as({ scopes: ['runs:start'] }),
    ]);
    expect((await foreign('GET', path)).text).toBe(none.text);
    expect((await starter('GET', path)).status).toBe(403);
  });
});
