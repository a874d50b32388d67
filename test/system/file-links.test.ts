import { createHash } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { startLeapingErrand } from './leaping-errand.ts';

it('links to a file, and to its run by the id of its platform, as a browser follows them: without any header', {
  timeout: 90_000,
}, async () => {
  const { runtime, api, key, ended, clock } = await startLeapingErrand(onTestFinished);
  const ask = async (path: string) => {
    const reply = await fetch(new URL(path, runtime.apiUrl), { headers: { 'x-api-key': key } });
    expect(reply.status, path).toBe(200);
    return reply.json() as Promise<Record<string, never>>;
  };
  const { id } = await api.start('write-offer', { customer: 'Jane' });
  const run = await ended(id);
  const { files } = await ask(`/v1/runs/${id}/output`);
  const [file] = files as unknown as readonly { readonly href: string; readonly sha256: string }[];

  const asked = clock.now();
  const { href = '', expiresAt = '' }: { readonly href?: string; readonly expiresAt?: string } = await ask(
    `${file?.href}/link`,
  );
  expect(Math.abs(Date.parse(expiresAt) - asked - 300_000)).toBeLessThan(30_000);
  const reply = await fetch(href, { redirect: 'error' });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-disposition')).toMatch(/^attachment; filename=".+\.pdf"/);
  expect(reply.headers.get('cache-control')).toBe('private, no-store');
  const bytes = Buffer.from(await reply.arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256);
  // It opens this one file, and nothing once it has been touched.
  const other = new URL(href);
  other.pathname += '0';
  for (const wrong of [href.replace(/X-Amz-Signature=\w{4}/, 'X-Amz-Signature=0000'), other.href])
    expect((await fetch(wrong)).status).toBe(403);

  const { items } = await ask(`/v1/runs?remoteId=${encodeURIComponent(String(run.remoteId))}`);
  expect(items).toEqual([expect.objectContaining({ id })]);
  expect(await ask('/v1/flows/write-offer/durations')).toMatchObject({ durationsMs: [expect.any(Number)], runs: 1 });
});
