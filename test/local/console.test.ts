import { request } from 'node:http';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConsole } from '../../infra/console.ts';
import { STATES } from '../../lib/contract.ts';
import { type Runtime, startRuntime } from '../../lib/local/runtime.ts';
import { temporaryDir } from '../system/instance.ts';

const SAMPLE = resolve(import.meta.dirname, '../../errand.config.ts');

let runtime: Runtime;
beforeAll(async () => {
  const dataDir = temporaryDir(afterAll);
  runtime = await startRuntime({ dataDir, configFile: SAMPLE, port: 0, log: () => {} });
  afterAll(() => runtime.close());
}, 120_000);

/** As it travels: `fetch` would unpack it. */
function raw(
  path: string,
  method = 'GET',
): Promise<{ readonly headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((done, reject) => {
    request(new URL(path, runtime.apiUrl), { method, headers: { 'accept-encoding': 'gzip' } }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => done({ headers: reply.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the console on this machine', () => {
  it('is served by the function of the cloud: the page, and all that it names', async () => {
    const page = await fetch(`${runtime.apiUrl}/console/runs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const parts = [...html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      const reply = await fetch(new URL(part, runtime.apiUrl));
      expect([part, reply.status, reply.headers.get('cache-control')]).toEqual([
        part,
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it('is made of the sources as they are, and not kept from an earlier build', async () => {
    const index = (await buildConsole()).find(({ name }) => name === 'index.html');
    const page = await fetch(`${runtime.apiUrl}/console`);
    expect(await page.text()).toBe(Buffer.from(index?.content ?? '').toString());
  });

  it('travels compressed, byte for byte', async () => {
    const { headers, body } = await raw('/console/');
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-length']).toBe(String(body.length));
    expect(gunzipSync(body).toString()).toContain('<div id="root">');
  });

  it('answers HEAD without a body, and claims none of length nought', async () => {
    const { headers, body } = await raw('/console/', 'HEAD');
    expect([headers['content-type'], headers['content-length'], body.length]).toEqual([
      'text/html; charset=utf-8',
      undefined,
      0,
    ]);
  });

  it('has the machine that runs here', async () => {
    const reply = await fetch(`${runtime.apiUrl}/console/workflow.json`);
    const graph = (await reply.json()) as { readonly states: readonly { readonly id: string }[] };
    expect(graph.states.map(({ id }) => id).sort()).toEqual(Object.values(STATES).sort());
  });
});
