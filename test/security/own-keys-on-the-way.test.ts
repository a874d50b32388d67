/** A command of ours that carries an API key gives it to the API, and to nobody to whom the API sends it on. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createApiClient } from '../../lib/cli/target/api-client.ts';

interface Seen {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A server that answers all alike, and what it was sent. */
async function serverOf(status: number, headers: Readonly<Record<string, string>>, body = '{}') {
  const seen: Seen[] = [];
  const server = createServer((request, reply) => {
    seen.push({ path: request.url, headers: request.headers });
    reply.writeHead(status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => new Promise<void>((done) => void server.close(() => done())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const KEY = 'errand_test_canary';

it.each([301, 302, 303, 307, 308])('follows no redirect of the API with its key (%i)', async (status) => {
  const elsewhere = await serverOf(200, {});
  const api = await serverOf(status, { location: `${elsewhere.url}/v1/runs/x` });
  const client = createApiClient(api.url, KEY);
  await expect(client.start('onboard', {})).rejects.toThrow();
  await expect(client.run('x')).rejects.toThrow();
  await expect(client.output('x')).rejects.toThrow();
  expect(api.seen).toHaveLength(3);
  expect(elsewhere.seen).toEqual([]);
});

it('follows the link to a file without its key: the link itself says who may follow it', async () => {
  const bucket = await serverOf(200, {}, 'bytes');
  const api = await serverOf(303, { location: `${bucket.url}/file?signature=s` });
  const bytes = await createApiClient(api.url, KEY).file('/v1/runs/x/output/files/a.pdf');
  expect(Buffer.from(bytes).toString()).toBe('bytes');
  expect(api.seen).toMatchObject([{ headers: { 'x-api-key': KEY } }]);
  expect(bucket.seen).toHaveLength(1);
  expect(JSON.stringify(bucket.seen)).not.toContain(KEY);
});

it('asks for no file at another place than the API, whatever its list says', async () => {
  const elsewhere = await serverOf(200, {});
  const api = await serverOf(200, {});
  const client = createApiClient(api.url, KEY);
  for (const href of [`${elsewhere.url}/x`, `//${new URL(elsewhere.url).host}/x`])
    await expect(client.file(href)).rejects.toThrow();
  expect(elsewhere.seen).toEqual([]);
});
