import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { checkConfig, loadConfig } from '../../lib/providers/config.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { temporaryDir } from '../system/instance.ts';
import { errand, ROOT, runToEnd } from './errand.ts';

const KEY = 'canary-key-4711';
const newDir = () => temporaryDir((task) => onTestFinished(task));

/** In a folder of its own. */
function initIn(dir: string, words: readonly string[], input?: string) {
  return errand(['init', ...words], { cwd: dir, ...(input === undefined ? {} : { input }) });
}

const bryter = [
  ...['--provider', 'bryter', '--url', 'https://acme.bryter.io', '--flow', 'onboard'],
  ...['--target', 'publishedModuleId=kZ0d3l1uQ2a7Yw9xT5bR8g'],
  ...['--param', 'employeeName=employee_name:text:required', '--param', 'email:email:sensitive', '--yes'],
];

describe('errand init without a terminal', () => {
  it('writes a configuration, stores the key for its owner alone, and says what to type next', async () => {
    const dir = newDir();
    const { code, stdout, stderr } = await initIn(dir, [...bryter, '--key-stdin'], `${KEY}\n`);
    expect([code, stderr]).toEqual([0, '']);
    const { input } = await loadConfig(join(dir, 'errand.config.ts'));
    expect(input).toEqual({
      connections: {
        'acme-bryter': { provider: 'bryter', baseUrl: 'https://acme.bryter.io', secret: 'errand/acme-bryter' },
      },
      flows: {
        onboard: {
          connection: 'acme-bryter',
          target: { publishedModuleId: 'kZ0d3l1uQ2a7Yw9xT5bR8g' },
          parameters: {
            employeeName: { type: 'text', apiName: 'employee_name', required: true },
            email: { type: 'email', sensitive: true },
          },
          deadline: '24h',
        },
      },
    });
    const secrets = join(dir, '.errand/secrets.json');
    expect(JSON.parse(readFileSync(secrets, 'utf8'))).toEqual({ 'errand/acme-bryter': { apiKey: KEY } });
    if (process.platform !== 'win32') expect(statSync(secrets).mode & 0o777).toBe(0o600);
    expect(stdout).not.toContain(KEY);
    for (const line of ['doctor', 'local', "run onboard --param 'employeeName=Jane Roe' --wait"])
      expect(stdout).toMatch(new RegExp(`^ {2}\\S.*errand(\\.js)? ${line}$`, 'm'));
  });

  it.each(PROVIDER_IDS)(
    'writes a flow on the simulator of %s that is tidy, good, and has its key',
    async (provider) => {
      const file = join(ROOT, `.init-test-${provider}.config.ts`);
      const data = newDir();
      onTestFinished(async () => (await import('node:fs/promises')).rm(file, { force: true }));
      const { code, stderr } = await errand(['init', '--simulator', provider, '--config', file, '--data', data]);
      expect([code, stderr]).toEqual([0, '']);
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(`import { defineConfig } from './lib/domain/config.ts';`);
      const { config } = await loadConfig(file);
      expect(Object.values(config.connections).map((connection) => connection.provider)).toEqual([provider]);
      const formatted = await runToEnd(join(ROOT, 'node_modules/.bin/biome'), ['format', file]);
      expect(formatted.code, formatted.stderr).toBe(0);
      const kept = JSON.parse(readFileSync(join(data, 'secrets.json'), 'utf8'));
      expect(kept).toEqual({ [`errand/simulated-${provider}`]: SAMPLE_SECRETS[`errand/sample-${provider}`] });
    },
  );

  it('names every mistake by its option, in the words of the configuration, and writes nothing', async () => {
    const dir = newDir();
    const wrong = ['--provider', 'bryter', '--url', 'http://acme.bryter.io', '--flow', 'a b', '--yes'];
    const { code, stdout, stderr } = await initIn(dir, [...wrong, '--target', 'publishedModuleId=a/b']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--url: expected https (http is allowed for loopback addresses only)');
    expect(stderr).toContain('--flow: expected 1 to 64 letters, digits, "-" or "_"');
    expect(stderr).toContain('--target publishedModuleId=…: expected the id of a published module');
    expect(existsSync(join(dir, 'errand.config.ts'))).toBe(false);
    expect(existsSync(join(dir, '.errand'))).toBe(false);
  });

  it.each([
    [['--yes'], '--provider, --url, --flow must be given'],
    [['--provider', 'brighter', '--yes'], 'must be given'],
    [['--provider', 'brighter', '--url', 'https://a.example', '--flow', 'f'], 'There is no platform "brighter"'],
    [[...bryter, '--target', 'moduleId=x'], '--target: bryter has no field "moduleId". Fields are publishedModuleId.'],
    [[...bryter, '--target', 'x'], '--target takes FIELD=VALUE, got "x"'],
    [[...bryter, '--param', 'a:txt'], '--param takes NAME[=APINAME][:TYPE][:required][:sensitive], got "a:txt"'],
    [[...bryter, '--param', 'a b:text'], '--param a b:…: expected 1 to 64 letters'],
    [[...bryter, '--setting', 'envelope=round'], '--setting envelope=…:'],
    [[...bryter, '--secret', 'a b'], '--secret: expected a Secrets Manager name'],
    [[...bryter, '--deadline', 'soon'], '--deadline:'],
    [[...bryter, '--anonymous'], '--secret: required by bryter'],
    [[...bryter, '--config', 'errand.yaml'], '--config takes a file that ends with .ts or .json'],
    [['--simulator', 'bryter', '--url', 'here'], '--url: expected an absolute URL'],
  ])('refuses %j, and says why', async (words, expected) => {
    const dir = newDir();
    const { code, stdout, stderr } = await initIn(dir, words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('    at ');
    expect(existsSync(join(dir, '.errand'))).toBe(false);
  });

  it('refuses a key that the platform cannot have, without repeating it, and writes nothing', async () => {
    const dir = newDir();
    const { code, stderr } = await initIn(dir, [...bryter, '--key-stdin'], 'two words\n');
    expect(code).toBe(2);
    expect(stderr).toContain('apiKey: contains a space');
    expect(stderr).not.toContain('two words');
    expect(existsSync(join(dir, 'errand.config.ts'))).toBe(false);
  });

  it('leaves what is there as it is, unless it is told otherwise', async () => {
    const dir = newDir();
    const file = join(dir, 'a.config.ts');
    writeFileSync(file, 'mine');
    const refused = await initIn(dir, [...bryter, '--config', 'a.config.ts']);
    expect([refused.code, readFileSync(file, 'utf8')]).toEqual([2, 'mine']);
    expect(refused.stderr).toContain(
      'a.config.ts is there already and stays as it is. Name another file with --config',
    );
    expect((await initIn(dir, [...bryter, '--config', 'a.config.ts', '--force'])).code).toBe(0);
    expect(Object.keys((await loadConfig(file)).config.flows)).toEqual(['onboard']);
  });

  it('does not take the place of the sample where that is, but one beside it', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'errand.config.ts'), 'sample');
    expect((await initIn(dir, bryter)).stdout).toContain('Written: my.config.ts');
    expect(readFileSync(join(dir, 'errand.config.ts'), 'utf8')).toBe('sample');
    expect((await initIn(dir, bryter)).stderr).toContain('my.config.ts is there already');
  });

  it('writes JSON where that is wanted, and says for programs what it wrote', async () => {
    const dir = newDir();
    const { stdout } = await initIn(dir, [...bryter, '--config', 'sub/errand.json', '--json']);
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({ connection: 'acme-bryter', flow: 'onboard' });
    // The key is still to be stored, and the first line says how.
    expect(said.next[0]).toContain('secrets set errand/acme-bryter');
    expect(checkConfig(JSON.parse(readFileSync(said.config, 'utf8'))).flows.onboard).toBeDefined();
  });

  it('keeps secrets of the data directory that it does not write itself', async () => {
    const dir = newDir();
    mkdirSync(join(dir, '.errand'));
    writeFileSync(join(dir, '.errand/secrets.json'), '{"other":{"apiKey":"o"}}');
    await initIn(dir, [...bryter, '--key-stdin'], KEY);
    const kept = JSON.parse(readFileSync(join(dir, '.errand/secrets.json'), 'utf8'));
    expect(Object.keys(kept).sort()).toEqual(['errand/acme-bryter', 'other']);
  });

  it('touches no folder that is somebody else’s, and says what the system says of a file that cannot be written', async () => {
    const dir = newDir();
    mkdirSync(join(dir, 'docs'));
    writeFileSync(join(dir, 'docs/letter.txt'), '');
    const strange = await initIn(dir, ['--simulator', 'bryter', '--data', 'docs']);
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('holds files that are not Errand’s')]);
    expect(readdirSync(join(dir, 'docs'))).toEqual(['letter.txt']);
    const within = await initIn(dir, ['--simulator', 'bryter', '--config', 'docs/letter.txt/a.ts']);
    expect([within.code, within.stderr]).toEqual([
      2,
      expect.stringContaining('docs/letter.txt/a.ts cannot be written'),
    ]);
    expect(within.stderr).not.toContain('    at ');
    expect(existsSync(join(dir, '.errand/secrets.json'))).toBe(false);
  });

  it('writes through no link that leads nowhere', async () => {
    const dir = newDir();
    symlinkSync(join(dir, 'elsewhere.ts'), join(dir, 'errand.config.ts'));
    const { code, stdout } = await initIn(dir, ['--simulator', 'bryter']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Written: my.config.ts')]);
    expect(existsSync(join(dir, 'elsewhere.ts'))).toBe(false);
  });

  it.each(['{"type":"commonjs"}', '{}', '{"type":"module"}'])(
    'writes what can be read, without a warning, in a package that says %s',
    async (manifest) => {
      const dir = newDir();
      writeFileSync(join(dir, 'package.json'), manifest);
      await initIn(dir, ['--simulator', 'bryter']);
      const { stdout, stderr } = await errand(['doctor'], { cwd: dir });
      expect([stdout, stderr]).toEqual([expect.stringContaining('✓ ok      config     errand.config.ts'), '']);
    },
  );

  it('writes strings as they are, whatever is in them', async () => {
    const dir = newDir();
    const endpoint = `O'Neil's "best" \\ \u00e9`;
    const words = ['--provider', 'phixflow', '--url', 'https://a.example/phixflow', '--flow', 'f', '--anonymous'];
    const target = ['--target', `endpoint=${endpoint}`, '--target', 'application=it’s', '--target', 'mode=sync'];
    expect((await initIn(dir, [...words, ...target])).stderr).toBe('');
    const { input } = await loadConfig(join(dir, 'errand.config.ts'));
    expect(input.flows.f?.target).toEqual({ endpoint, application: 'it’s', mode: 'sync' });
  });
});
