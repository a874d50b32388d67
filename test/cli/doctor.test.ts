import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { type Fleet, SAMPLE_SECRETS, startFleet } from '../../lib/simulators/fleet.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { certificateOf, serveHttp, serveTls } from '../http/servers.ts';
import { temporaryDir } from '../system/instance.ts';
import { errand, type Outcome } from './errand.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.close());

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly message: string;
  readonly remedy?: string;
}

const TARGETS = {
  bryter: { publishedModuleId: BRYTER_MODULES.onboarding },
  'smart-flows': { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
  phixflow: PHIXFLOW_TARGETS.importOrders,
  'assist-edge': { processName: 'PostInvoice', profileName: 'FinanceBot' },
  invision: { dataFlowId: INVISION_FLOWS.forecast },
} as const;
type Platform = keyof typeof TARGETS;
const PATHS: Readonly<Partial<Record<Platform, string>>> = { phixflow: '/phixflow', invision: '/invision' };

const urlOf = (id: Platform) => `${fleet[id].origin}${PATHS[id] ?? ''}`;

/** A configuration of one connection and flow on each of these platforms. */
function configOf(platforms: Readonly<Partial<Record<Platform, { baseUrl?: string; target?: object }>>>): object {
  const entries = Object.entries(platforms) as [Platform, { baseUrl?: string; target?: object }][];
  return {
    connections: Object.fromEntries(
      entries.map(([id, { baseUrl = urlOf(id) }]) => [id, { provider: id, baseUrl, secret: `errand/sample-${id}` }]),
    ),
    flows: Object.fromEntries(
      entries.map(([id, { target = TARGETS[id] }]) => [`flow-of-${id}`, { connection: id, target }]),
    ),
  };
}

interface Visit {
  readonly config: unknown;
  readonly secrets?: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

function visit({ config, secrets = SAMPLE_SECRETS, env = {} }: Visit, words: readonly string[] = []): Promise<Outcome> {
  const dir = temporaryDir((task) => onTestFinished(task));
  mkdirSync(join(dir, '.errand'));
  writeFileSync(join(dir, 'a.json'), typeof config === 'string' ? config : JSON.stringify(config));
  if (secrets !== undefined) writeFileSync(join(dir, '.errand/secrets.json'), JSON.stringify(secrets));
  return errand(['doctor', '--config', 'a.json', ...words], { cwd: dir, env });
}

/** The findings about one connection. */
async function findings(asked: Visit, connection: string): Promise<{ code: number | null; all: readonly Finding[] }> {
  const { code, stdout, stderr } = await visit(asked, ['--json']);
  expect(stderr).toBe('');
  const { connections } = JSON.parse(stdout);
  return { code, all: connections.find((one: { connection: string }) => one.connection === connection).findings };
}

const stateOf = (all: readonly Finding[]) => Object.fromEntries(all.map(({ check, state }) => [check, state]));

describe('errand doctor', () => {
  it('finds nothing wrong with the right keys, says plainly what cannot be told, and starts nothing', async () => {
    const config = configOf({ bryter: {}, 'smart-flows': {}, phixflow: {}, 'assist-edge': {}, invision: {} });
    const before = fleet.bryter.requests.length;
    const { code, stdout, stderr } = await visit({ config });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(stripVTControlCharacters(stdout));
    expect(stdout).toContain('✓ ok      config     a.json: 5 connections, 5 flows');
    expect(stdout).toContain('- down    errand     none runs on');
    expect(stdout.match(/✓ ok {6}key {8}the platform accepts it/g)).toHaveLength(3);
    expect(stdout).toMatch(/\? unknown key .*BRYTER answers a wrong key, a wrong module and an unknown session alike/);
    expect(stdout).toContain('errand.js run flow-of-bryter --wait');
    expect(stdout).toContain('Nothing wrong was found; what is marked ? could not be told.');
    const asked = fleet.bryter.requests.slice(before).map(({ method }) => method);
    expect(asked).toEqual(['GET']);
    const jobs = await Promise.all(
      (Object.keys(TARGETS) as Platform[]).map(async (id) =>
        (await fetch(`${fleet[id].origin}/_simulator/jobs`)).json(),
      ),
    );
    expect(jobs).toEqual([[], [], [], [], []]);
  });

  it('tells a wrong key where the platform does, says how to store the right one, and shows neither', async () => {
    const config = configOf({ 'smart-flows': {}, phixflow: {}, 'assist-edge': {} });
    const secrets = {
      'errand/sample-smart-flows': { apiKey: 'canary-1' },
      'errand/sample-phixflow': { apiKey: 'canary-2' },
      'errand/sample-assist-edge': { username: 'svc-errand', password: 'canary-3' },
    };
    const { code, stdout } = await visit({ config, secrets });
    expect(code).toBe(1);
    expect(stdout.match(/✗ wrong {3}key/g)).toHaveLength(3);
    expect(stdout).toContain('secrets set errand/sample-phixflow --config a.json');
    expect(stdout).toContain('Something is wrong. Nothing was started.');
    expect(stdout).not.toContain('canary');
  });

  it('tells a wrong target from a wrong key where the platform lists what it has', async () => {
    const config = configOf({ 'smart-flows': { target: { flowId: 'nobody-knows-it' } } });
    const { code, all } = await findings({ config }, 'smart-flows');
    expect([code, stateOf(all)]).toEqual([1, expect.objectContaining({ key: 'ok', target: 'wrong' })]);
    expect(all.at(-1)?.remedy).toBe('Correct flows.flow-of-smart-flows.target in the configuration.');
  });

  it('says of a missing or broken secret what is wrong with it, and checks the way all the same', async () => {
    const config = configOf({ bryter: {}, phixflow: {} });
    const secrets = { 'errand/sample-phixflow': { token: 'canary-4' } };
    const missing = await findings({ config, secrets }, 'bryter');
    expect(missing.code).toBe(1);
    expect(stateOf(missing.all)).toEqual({ secret: 'wrong', address: 'ok', connection: 'ok' });
    expect(missing.all[0]).toMatchObject({
      message: 'there is no secret "errand/sample-bryter" in .errand/secrets.json',
      remedy: expect.stringContaining('secrets set errand/sample-bryter'),
    });
    const broken = await findings({ config, secrets }, 'phixflow');
    expect(broken.all[0]?.message).toContain('is not what phixflow needs, {"apiKey"}');
    expect(JSON.stringify(broken.all)).not.toContain('canary');
  });

  it('tells a platform that is down from all else', async () => {
    const closed = await serveHttp((_request, response) => response.end());
    await closed[Symbol.asyncDispose]();
    const config = configOf({ bryter: { baseUrl: closed.origin } });
    const { code, all } = await findings({ config }, 'bryter');
    expect([code, stateOf(all)]).toEqual([1, { secret: 'ok', address: 'ok', connection: 'wrong' }]);
    expect(all.at(-1)?.message).toBe(`nothing listens at 127.0.0.1:${closed.port} (ECONNREFUSED)`);
  });

  it('takes a page for people, or a login that is not there, for a wrong address and not for a wrong key', async () => {
    const config = (baseUrl: string) =>
      configOf({
        bryter: { baseUrl },
        'smart-flows': { baseUrl },
        phixflow: { baseUrl },
        'assist-edge': { baseUrl },
        invision: { baseUrl },
      });
    await using page = await serveHttp((_request, response) =>
      response.end('<!DOCTYPE html><html>Please sign in</html>'),
    );
    const { code, stdout } = await visit({ config: config(page.origin) });
    expect(code).toBe(1);
    expect(stdout.match(/✗ wrong {3}answer/g)).toHaveLength(5);
    expect(stdout).not.toContain('secrets set');
    expect(stdout).not.toContain('Start one run');
    await using other = await serveHttp((_request, response) => response.writeHead(404).end());
    const robot = await findings({ config: config(other.origin) }, 'assist-edge');
    expect(robot.all.at(-1)).toMatchObject({ check: 'answer', remedy: expect.stringContaining('check the address') });
    // Where a right path may be answered so, too, it is at least said.
    for (const platform of ['bryter', 'invision'])
      expect((await findings({ config: config(other.origin) }, platform)).all.at(-1)?.message).toContain('baseUrl');
  });

  it('says that what init wrote is gone, where it would be about something else without a word', async () => {
    const dir = temporaryDir((task) => onTestFinished(task));
    await errand(['init', '--simulator', 'bryter', '--config', 'mine.config.ts'], { cwd: dir });
    renameSync(join(dir, 'mine.config.ts'), join(dir, 'moved.config.ts'));
    const { stdout } = await errand(['doctor'], { cwd: dir });
    expect(stdout).toContain(
      'mine.config.ts, which "errand init" wrote, is not there any more, so this is about the sample',
    );
  });

  it('says where to start the simulators when one of their addresses does not answer', async () => {
    const free = createServer();
    await new Promise<void>((ready) => free.listen(0, '127.0.0.1', ready));
    const { port } = free.address() as { port: number };
    await new Promise((closed) => free.close(closed));
    const origin = `http://127.0.0.1:${port}`;
    const config = configOf({ bryter: { baseUrl: origin } });
    const { all } = await findings({ config, env: { ERRAND_SIMULATOR_BRYTER: origin } }, 'bryter');
    expect(all.at(-1)?.remedy).toMatch(/Start the simulators: .*errand.js simulate$/);
  });

  it('says of an unknown name, a wrong port and another server what to look at', async () => {
    await using other = await serveHttp((_request, response) => response.writeHead(502).end('<html>sorry</html>'));
    const config = {
      connections: {
        nobody: { provider: 'bryter', baseUrl: 'https://no-such-host.invalid', secret: 'errand/sample-bryter' },
        plain: { provider: 'bryter', baseUrl: `https://localhost:${other.port}`, secret: 'errand/sample-bryter' },
        other: { provider: 'bryter', baseUrl: other.origin, secret: 'errand/sample-bryter' },
      },
      flows: { f: { connection: 'other', target: TARGETS.bryter } },
    };
    const nobody = await findings({ config }, 'nobody');
    expect(stateOf(nobody.all)).toEqual({ secret: 'ok', address: 'wrong' });
    expect(nobody.all.at(-1)?.message).toMatch(/no-such-host\.invalid .*\((ENOTFOUND|EAI_AGAIN)\)$/);
    const plain = await findings({ config }, 'plain');
    expect(plain.all.at(-1)).toMatchObject({ check: 'tls', message: expect.stringContaining('does not speak TLS') });
    const answered = await findings({ config }, 'other');
    expect(answered.all.at(-1)).toMatchObject({ check: 'answer', state: 'wrong' });
  });

  it.each([
    ['localhost', false, 'is self-signed'],
    ['expired', true, 'has expired'],
    ['elsewhere', true, 'is not for localhost, but for another host'],
  ] as const)('says what is wrong with the certificate %s', async (certificate, isTrusted, expected) => {
    await using server = await serveTls(certificate, (_request, response) => response.end());
    const trusted = join(
      temporaryDir((task) => onTestFinished(task)),
      'ca.pem',
    );
    writeFileSync(trusted, certificateOf(certificate));
    const config = configOf({ bryter: { baseUrl: server.origin } });
    const env = isTrusted ? { NODE_EXTRA_CA_CERTS: trusted } : {};
    const { code, all } = await findings({ config, env }, 'bryter');
    expect([code, stateOf(all)]).toEqual([1, { secret: 'ok', address: 'ok', connection: 'ok', tls: 'wrong' }]);
    expect(all.at(-1)?.message).toContain(expected);
    expect(all.at(-1)?.remedy).toContain('nothing is sent until that is put right');
    expect(server.requests).toEqual([]);
  });

  it('lists every mistake of a configuration by its path', async () => {
    const config = {
      connections: { a: { provider: 'bryter', baseUrl: 'ftp://x' } },
      flows: { f: { connection: 'b' } },
    };
    const { code, stdout } = await visit({ config });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ wrong   config     connections.a.baseUrl: expected https');
    expect(stdout).toContain('flows.f.connection: there is no connection "b"');
    expect(stdout).toContain('Correct it in a.json.');
  });

  it('ends with 2 where nothing can be checked, and says what to do', async () => {
    const nowhere = await errand(['doctor', '--config', '/nowhere/a.json']);
    expect([nowhere.code, nowhere.stdout]).toEqual([2, '']);
    expect(nowhere.stderr).toBe(
      'There is no configuration /nowhere/a.json. Name another with --config, or write one: npx errand init\n',
    );
    const broken = await visit({ config: '{' });
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('cannot be read')]);
    const secrets = await visit({ config: configOf({ bryter: {} }), secrets: [] });
    expect([secrets.code, secrets.stderr]).toEqual([2, expect.stringContaining('must be a JSON object')]);
  });

  it('looks for the sample’s platforms where the Errand that brought them says they are', async () => {
    await using api = await serveHttp((_request, response) => response.end('{}'));
    const data = temporaryDir((task) => onTestFinished(task));
    mkdirSync(join(data, 'simulators'));
    writeFileSync(join(data, 'aws.env'), `export ERRAND_API_URL='${api.origin}'\n`);
    const origins = Object.fromEntries((Object.keys(TARGETS) as Platform[]).map((id) => [id, fleet[id].origin]));
    writeFileSync(join(data, 'simulators/origins.json'), JSON.stringify(origins));
    writeFileSync(join(data, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS));
    const { code, stdout } = await errand(['doctor', '--data', data, '--config', 'errand.config.ts']);
    expect([code, api.requests], stdout).toEqual([0, ['GET /health']]);
    expect(stdout).toContain(`✓ ok      errand     runs at ${api.origin}`);
    expect(stdout).toContain('what 3 flows name is there');
  });

  it('says that it cannot tell anything of a key that no flow uses', async () => {
    const { connections } = configOf({ 'smart-flows': {} }) as { connections: object };
    const { code, all } = await findings({ config: { connections, flows: {} } }, 'smart-flows');
    expect([code, all.at(-1)]).toEqual([0, expect.objectContaining({ check: 'key', state: 'unknown' })]);
  });

  it('works before anything is there, on the sample', async () => {
    const data = temporaryDir((task) => onTestFinished(task));
    const { code, stdout } = await errand(['doctor', '--data', data, '--config', 'errand.config.ts']);
    expect(code).toBe(1);
    expect(stdout).toContain('errand.config.ts: 5 connections, 13 flows');
    expect(stdout).toContain(`Start it: npx errand local --data ${data}`);
  });
});
