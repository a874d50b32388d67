import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { runStart, startInstance, temporaryDir } from './instance.ts';
import { startLeapingErrand } from './leaping-errand.ts';

const TIMEOUT = { timeout: 120_000 };

describe('npm start explains', () => {
  it('its options, and each wrong one by name', async () => {
    const help = await runStart(['--help']);
    expect(help.code).toBe(0);
    for (const option of ['--config', '--port', '--data', '--no-demo', '--once', '--json'])
      expect(help.output).toContain(option);
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['--prot', '1'], '--prot'],
      [['--port', 'abc'], '--port takes a whole number'],
      [['--once', '--no-demo'], '--no-demo'],
      [['--once', '--config', 'x.json'], '--config'],
    ];
    for (const [args, message] of cases) {
      const { code, output } = await runStart(args);
      expect(output).toContain(message);
      expect(output).not.toContain('    at ');
      expect(code).toBe(2);
    }
  });

  it('a configuration with mistakes, all of them by path', async () => {
    const dir = temporaryDir(onTestFinished);
    const config = join(dir, 'c.json');
    writeFileSync(
      config,
      JSON.stringify({
        connections: { a: { provider: 'bryter', baseUrl: 'x' } },
        flows: { f: { connection: 'b', target: {} } },
      }),
    );
    const { code, output } = await runStart(['--config', config, '--data', join(dir, 'data'), '--port', '0']);
    expect(code).toBe(2);
    for (const path of ['connections.a.baseUrl', 'connections.a.secret', 'flows.f.connection'])
      expect(output).toContain(path);
    expect(output).not.toContain('    at ');
  });

  it('a port that is taken, with the way out', TIMEOUT, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(async () => void server.close());
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await runStart([
      '--port',
      String(port),
      '--data',
      temporaryDir(onTestFinished),
      '--no-demo',
    ]);
    expect(code).toBe(2);
    expect(output).toContain(String(port));
    expect(output).toContain('--port');
  });

  it('a data directory that is a file, somebody else’s, damaged, or in use', TIMEOUT, async () => {
    const dir = temporaryDir(onTestFinished);
    const file = join(dir, 'file');
    writeFileSync(file, 'x');
    const foreign = join(dir, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.doc'), 'x');
    for (const data of [file, foreign]) {
      const { code, output } = await runStart(['--data', data, '--port', '0', '--no-demo']);
      expect(code).toBe(2);
      expect(output).toContain('--data');
      expect(output).not.toContain('    at ');
    }
    const data = join(dir, 'data');
    const first = await startInstance(data, ['--no-demo']);
    const second = await runStart(['--data', data, '--port', '0', '--no-demo']);
    expect(second.code).toBe(2);
    expect(second.output).toMatch(/in use by process \d+/);
    expect((await first.stop()).code).toBe(0);
    writeFileSync(join(data, 'executions', 'CURRENT'), 'garbage\n');
    const third = await runStart(['--data', data, '--port', '0', '--no-demo']);
    expect(third.code).toBe(2);
    expect(third.output).toContain('damaged');
  });

  it('a secrets file that is no JSON object, without quoting it', TIMEOUT, async () => {
    const data = temporaryDir(onTestFinished);
    writeFileSync(join(data, 'secrets.json'), '{"errand/a": {"apiKey": "canary-key" ');
    const { code, output } = await runStart(['--data', data, '--port', '0', '--no-demo']);
    expect(code).toBe(2);
    expect(output).toContain('secrets.json');
    expect(output).not.toContain('canary-key');
  });
});

describe('a run says what is wrong', () => {
  it('with its secret: absent, or without the field its platform needs', TIMEOUT, async () => {
    const secrets = {
      ...SAMPLE_SECRETS,
      'errand/sample-bryter': { key: 'canary-value' },
      'errand/sample-invision': undefined,
    };
    const errand = await startLeapingErrand(onTestFinished, { secrets });
    const malformed = await errand.api.start('onboard-employee', { employeeName: 'Jane' });
    const absent = await errand.api.start('update-forecast', {});
    for (const [started, name, rule] of [
      [malformed, 'errand/sample-bryter', 'apiKey'],
      [absent, 'errand/sample-invision', 'exist'],
    ] as const) {
      const run = await errand.ended(started.id);
      expect(run.fallout?.reason).toBe('SECRET_UNAVAILABLE');
      expect(run.error?.message).toContain(name);
      expect(run.error?.message).toContain(rule);
      expect(JSON.stringify(run)).not.toContain('canary-value');
    }
    expect(errand.fleet.bryter.requests).toHaveLength(0);
    expect(errand.fleet.invision.requests).toHaveLength(0);
  });

  it('when the platform cannot be reached, and starts it once it can be', TIMEOUT, async () => {
    const errand = await startLeapingErrand(onTestFinished);
    const { origin } = errand.fleet.bryter;
    await errand.fleet.bryter.close();
    const { id } = await errand.api.start('onboard-employee', { employeeName: 'Jane' });
    const events = new URL(`/v1/runs/${id}/events`, errand.runtime.apiUrl);
    const told = async () => (await fetch(events, { headers: { 'x-api-key': errand.key } })).text();
    await errand.until(async () => (await told()).includes('Nothing was sent'));
    expect((await errand.api.run(id)).status).toBe('ACCEPTED');
    const { createBryterPlatform } = await import('../../lib/simulators/bryter.ts');
    const { serveSimulator } = await import('../../lib/simulators/simulator.ts');
    const apiKey = String(SAMPLE_SECRETS['errand/sample-bryter']?.apiKey);
    const healed = await serveSimulator(createBryterPlatform({ apiKey, now: errand.clock.now }), {
      port: Number(new URL(origin).port),
    });
    onTestFinished(() => healed.close());
    expect((await errand.ended(id)).status).toBe('SUCCEEDED');
    expect(healed.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('when its output cannot be kept, and keeps it once there is room again', TIMEOUT, async () => {
    const errand = await startLeapingErrand(onTestFinished);
    const objects = join(errand.dataDir, 'objects');
    // Nothing can be written under a file: as good as a full disk, and true for every user.
    renameSync(objects, `${objects}.aside`);
    writeFileSync(objects, '');
    const { id } = await errand.api.start('write-offer', { customer: 'Acme' });
    await errand.reaches(id, 'FETCHING_OUTPUT');
    await errand.advance(10_000);
    expect((await errand.api.run(id)).status).toBe('FETCHING_OUTPUT');
    renameSync(objects, `${objects}.file`);
    renameSync(`${objects}.aside`, objects);
    chmodSync(objects, 0o700);
    expect((await errand.ended(id)).status).toBe('SUCCEEDED');
    expect((await errand.api.output(id)).files).toHaveLength(1);
    expect(errand.fleet['smart-flows'].requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
