import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { checkConfig, loadConfig } from '../../lib/providers/config.ts';
import { temporaryDir } from '../system/instance.ts';

const GOOD = {
  connections: {
    acme: { provider: 'bryter', baseUrl: 'https://acme.bryter.io', secret: 'errand/acme' },
    flux: { provider: 'phixflow', baseUrl: 'https://flux.example.com/phixflow' },
  },
  flows: {
    onboard: {
      connection: 'acme',
      target: { publishedModuleId: 'kZ0d3l1uQ2a7Yw9xT5bR8g' },
      parameters: { name: { type: 'text', required: true } },
    },
  },
};

type Path = readonly string[];

/** The good configuration with one thing changed. */
function withChange(path: Path, value: unknown): unknown {
  const config = structuredClone(GOOD) as Record<string, unknown>;
  let place = config;
  for (const key of path.slice(0, -1)) {
    place[key] ??= {};
    place = place[key] as Record<string, unknown>;
  }
  place[path.at(-1) ?? ''] = value;
  return config;
}

function mistakes(config: unknown): readonly { path: string; message: string }[] {
  try {
    checkConfig(config);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

describe('a configuration', () => {
  it('gets the defaults of the contract', () => {
    const { flows, connections } = checkConfig(GOOD);
    expect(flows.onboard).toMatchObject({ deadline: 86_400_000, retry: { maxAttempts: 1 }, rawBody: false });
    expect(connections.acme).toMatchObject({ limits: {}, settings: {} });
  });

  const cases: readonly (readonly [what: string, path: Path, value: unknown, at: string])[] = [
    ['an unknown key at the top', ['flow'], {}, 'flow'],
    ['an unknown key of a connection', ['connections', 'acme', 'url'], 'x', 'connections.acme.url'],
    ['an unknown key of a flow', ['flows', 'onboard', 'deadlines'], '2h', 'flows.onboard.deadlines'],
    [
      'an unknown setting of a provider',
      ['connections', 'acme', 'settings'],
      { envelop: 'flat' },
      'connections.acme.settings.envelop',
    ],
    [
      'a wrong setting of a provider',
      ['connections', 'acme', 'settings'],
      { envelope: 'round' },
      'connections.acme.settings.envelope',
    ],
    ['an unknown provider', ['connections', 'acme', 'provider'], 'zapier', 'connections.acme.provider'],
    ['a relative base URL', ['connections', 'acme', 'baseUrl'], 'acme.bryter.io', 'connections.acme.baseUrl'],
    [
      'plain http to another host',
      ['connections', 'acme', 'baseUrl'],
      'http://acme.bryter.io',
      'connections.acme.baseUrl',
    ],
    [
      'a host that only begins like loopback',
      ['connections', 'acme', 'baseUrl'],
      'http://127.0.0.1.evil.example',
      'connections.acme.baseUrl',
    ],
    [
      'a key in the base URL',
      ['connections', 'acme', 'baseUrl'],
      'https://user:key@acme.bryter.io',
      'connections.acme.baseUrl',
    ],
    [
      'a query in the base URL',
      ['connections', 'acme', 'baseUrl'],
      'https://acme.bryter.io?api_key=1',
      'connections.acme.baseUrl',
    ],
    ['a missing secret', ['connections', 'acme', 'secret'], undefined, 'connections.acme.secret'],
    ['a limit of nothing', ['connections', 'acme', 'limits'], { inFlight: 0 }, 'connections.acme.limits.inFlight'],
    ['a connection that does not exist', ['flows', 'onboard', 'connection'], 'acne', 'flows.onboard.connection'],
    ['a target without its id', ['flows', 'onboard', 'target'], {}, 'flows.onboard.target.publishedModuleId'],
    ['an unknown key of a target', ['flows', 'onboard', 'target', 'moduleId'], 'x', 'flows.onboard.target.moduleId'],
    [
      'a target that climbs',
      ['flows', 'onboard', 'target', 'publishedModuleId'],
      '../../admin',
      'flows.onboard.target.publishedModuleId',
    ],
    [
      'an unknown parameter type',
      ['flows', 'onboard', 'parameters', 'name', 'type'],
      'string',
      'flows.onboard.parameters.name.type',
    ],
    [
      'a default of the wrong type',
      ['flows', 'onboard', 'parameters', 'name', 'default'],
      5,
      'flows.onboard.parameters.name.default',
    ],
    ['a deadline that is no duration', ['flows', 'onboard', 'deadline'], '2 hours', 'flows.onboard.deadline'],
    ['a deadline of more than a year', ['flows', 'onboard', 'deadline'], '400d', 'flows.onboard.deadline'],
    ['a startBy after the deadline', ['flows', 'onboard', 'startBy'], '48h', 'flows.onboard.startBy'],
    ['a retry on something else', ['flows', 'onboard', 'retry'], { on: ['FALLOUT'] }, 'flows.onboard.retry.on.0'],
    [
      'a schedule with six fields',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 0 6 * * *', parameters: { name: 'a' } },
      'flows.onboard.schedule.cron',
    ],
    [
      'a schedule that EventBridge Scheduler cannot say',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 6 1 * MON', parameters: { name: 'a' } },
      'flows.onboard.schedule.cron',
    ],
    [
      'a schedule that gives a parameter of another type',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 6 * * *', parameters: { name: 5 } },
      'flows.onboard.schedule.parameters.name',
    ],
    [
      'a schedule that gives an unknown parameter',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 6 * * *', parameters: { name: 'a', nome: 'b' } },
      'flows.onboard.schedule.parameters.nome',
    ],
    [
      'a schedule of a flow that takes a raw body',
      ['flows', 'onboard'],
      { connection: 'acme', target: {}, rawBody: true, schedule: { cron: '0 6 * * *' } },
      'flows.onboard.schedule',
    ],
    [
      'a schedule in no time zone',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 6 * * *', timezone: 'Brussels', parameters: { name: 'a' } },
      'flows.onboard.schedule.timezone',
    ],
    [
      'a schedule without a required parameter',
      ['flows', 'onboard', 'schedule'],
      { cron: '0 6 * * *' },
      'flows.onboard.schedule.parameters.name',
    ],
    ['a flow id that is no id', ['flows', 'on/board'], GOOD.flows.onboard, 'flows.on/board'],
  ];
  for (const [what, path, value, at] of cases) {
    it(`is refused for ${what}, named as ${at}`, () => {
      const found = mistakes(withChange(path, value));
      expect(found.map((issue) => issue.path)).toContain(at);
      expect(found.every(({ message }) => message.length > 5)).toBe(true);
    });
  }

  it('names all of several mistakes at once, those of other flows and connections included', () => {
    const config = {
      connections: {
        a: { provider: 'bryter', baseUrl: 'ftp://x', secret: 's', settings: { nope: 1 } },
        b: { provider: 'invision' },
      },
      flows: { one: { connection: 'a', target: {} }, two: { connection: 'zzz', target: {} }, three: 5 },
    };
    const paths = mistakes(config).map(({ path }) => path);
    for (const path of [
      'connections.a.baseUrl',
      'connections.a.settings.nope',
      'connections.b.secret',
      'connections.b.baseUrl',
      'flows.one.target.publishedModuleId',
      'flows.two.connection',
      'flows.three',
    ])
      expect(paths).toContain(path);
  });

  it('refuses a sensitive parameter on a PhixFlow endpoint that takes GET, since it would travel in a URL', () => {
    const flow = {
      connection: 'flux',
      target: { application: 'A', endpoint: 'E', method: 'GET', mode: 'sync' },
      parameters: { pin: { type: 'text', sensitive: true } },
    };
    expect(mistakes(withChange(['flows', 'find'], flow)).map(({ path }) => path)).toContain(
      'flows.find.parameters.pin',
    );
  });
});

describe('the file', () => {
  it('may be JSON, and what is shipped is plain JSON', async () => {
    const file = join(temporaryDir(onTestFinished), 'errand.config.json');
    writeFileSync(file, JSON.stringify(GOOD));
    expect((await loadConfig(file)).input).toEqual(GOOD);
  });

  it('is named when it is absent, broken or exports nothing', async () => {
    const dir = temporaryDir(onTestFinished);
    writeFileSync(join(dir, 'broken.json'), '{');
    writeFileSync(join(dir, 'empty.config.ts'), 'export const config = 1;');
    for (const name of ['absent.ts', 'broken.json', 'empty.config.ts'])
      await expect(loadConfig(join(dir, name))).rejects.toThrow(name);
  });

  it('is the sample by default, and the sample is right', async () => {
    const { config } = await loadConfig('errand.config.ts');
    expect(new Set(Object.values(config.connections).map(({ provider }) => provider)).size).toBe(5);
    expect(Object.keys(config.flows).length).toBeGreaterThanOrEqual(10);
  });
});
