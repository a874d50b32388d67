import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildStack } from '../../lib/local/build.ts';
import { type RuntimeOptions, startRuntime } from '../../lib/local/runtime.ts';
import { builtStack, configFile } from './helpers/built-stack.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

async function runtime(options: Partial<RuntimeOptions> = {}) {
  const log: string[] = [];
  const started = await startRuntime({
    dataDir: temporaryDirectory(),
    configFile: configFile(),
    port: 0,
    log: (line) => log.push(line),
    ...options,
  });
  onTestFinished(() => started.close());
  return { ...started, log };
}

describe('the runtime', () => {
  it('runs the bundles of the cloud behind a door of its own', async () => {
    const { apiUrl, log } = await runtime();
    const health = await fetch(`${apiUrl}/health`);
    expect(health.status).toBe(200);
    const runs = await fetch(`${apiUrl}/v1/runs`);
    expect(runs.headers.get('content-type')).toContain('application/problem+json');
    expect(log.filter((line) => line.includes('failed'))).toEqual([]);
  });

  it('gives the functions their services: a sweep reads the table', async () => {
    const { invoke } = await runtime();
    expect(await invoke('sweep', {})).toMatchObject({ ok: true });
  });

  it('listens on loopback only', async () => {
    const { apiUrl, services } = await runtime();
    for (const url of [apiUrl, ...Object.values(services)]) expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('has one instance per data directory, and another beside it on another', async () => {
    const dataDir = temporaryDirectory();
    const first = await runtime({ dataDir });
    await expect(runtime({ dataDir })).rejects.toThrow(/in use by process/);
    const beside = await runtime();
    expect(beside.apiUrl).not.toBe(first.apiUrl);
  });

  it('frees everything when a start fails half way, so that the next one works', async () => {
    const dataDir = temporaryDirectory();
    const { apiUrl } = await runtime();
    const port = Number(new URL(apiUrl).port);
    await expect(runtime({ dataDir, port })).rejects.toThrow(`Port ${port} is taken`);
    await expect(runtime({ dataDir })).resolves.toBeDefined();
  });

  it('keeps its own names from pages elsewhere', async () => {
    const { apiUrl } = await runtime();
    const status = await new Promise((resolve) => {
      request(`${apiUrl}/health`, { headers: { host: 'evil.example' } }, (reply) => resolve(reply.statusCode)).end();
    });
    expect(status).toBe(421);
  });

  it('gives the functions the configuration as it is at this start', async () => {
    const dataDir = temporaryDirectory();
    const { environment } = await runtime({ dataDir });
    const shipped = JSON.parse(readFileSync(environment.ERRAND_CONFIG ?? '', 'utf8'));
    expect(environment.ERRAND_CONFIG).toBe(join(dataDir, 'errand.config.json'));
    expect(Object.keys(shipped.flows)).toEqual(['nightly']);
  });

  it('says what is wrong with a configuration, by its path', async () => {
    const wrong = configFile({ connections: { acme: { provider: 'none', baseUrl: 'x' } }, flows: {} });
    await expect(runtime({ configFile: wrong })).rejects.toMatchObject({
      name: 'LocalStartError',
      message: expect.stringContaining('connections.acme'),
    });
    await expect(runtime({ configFile: '/nowhere/errand.config.ts' })).rejects.toThrow(/cannot be read/);
  });

  it('carries on after a close', async () => {
    const dataDir = temporaryDirectory();
    const first = await runtime({ dataDir });
    await first.executions.start('left-behind', '{"runId":"run_none"}');
    await first.close();
    const second = await runtime({ dataDir });
    expect([second.resumed, second.executions.countRunning()]).toEqual([1, 1]);
  });
});

describe('the build', () => {
  it('is made once for the same sources, whatever the configuration', async () => {
    await builtStack();
    const log: string[] = [];
    const build = (file: string) => buildStack(file, (line) => log.push(line), new Date());
    const [one, two] = await Promise.all([build(configFile()), build(configFile({ connections: {}, flows: {} }))]);
    expect(log).toEqual([]);
    expect(one.functionsDir).toBe(two.functionsDir);
  });
});
