import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDir } from '../system/instance.ts';
import { BIN, errand, MACHINE_PATH, runToEnd } from './errand.ts';

describe('the command errand', () => {
  it('runs under the machine’s own Node, whatever its age, and passes words and exit codes on', async () => {
    const env = { PATH: MACHINE_PATH };
    const help = await runToEnd('node', [BIN, 'keys', 'create', '--help'], { env });
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('--scopes');
    expect((await runToEnd('node', [BIN, 'keys', 'lst'], { env })).code).toBe(2);
  });

  it('says what to install where neither Node is new enough', async () => {
    const dir = temporaryDir((task) => onTestFinished(task));
    mkdirSync(join(dir, 'bin'));
    copyFileSync(BIN, join(dir, 'bin/errand.js'));
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    const version = await runToEnd('node', ['-p', 'process.versions.node'], { env: { PATH: MACHINE_PATH } });
    const isOld = Number.parseInt(version.stdout, 10) < 24;
    const { code, stderr } = await runToEnd('node', [join(dir, 'bin/errand.js')], { env: { PATH: MACHINE_PATH } });
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      isOld ? 'Errand needs Node 24, which comes with its packages. Install them: npm ci' : 'errand.ts',
    );
  });

  it('dies of the signal that its launcher is given, and leaves nothing behind', async () => {
    const silent = createServer(() => {});
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const env = { PATH: MACHINE_PATH, ERRAND_URL: `http://127.0.0.1:${port}`, ERRAND_KEY: 'k' };
    const child = spawn('node', [BIN, 'keys', 'list'], { env, stdio: 'ignore' });
    const [request] = await once(silent, 'request');
    const left = once(request.socket, 'close');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    await left;
  });

  it.each([
    [['--help'], 'keys'],
    [['keys', '-h'], 'revoke'],
    [['keys', 'list', '--help'], 'errand keys list --stack Errand --json'],
    [['keys', 'create', '--scopes', 'runs:read', '--help'], 'Exit codes: 0 done'],
    [['connections', '--help'], 'errand connections pause bryter --reason "Maintenance until six"'],
    [['connections', 'pause', '-h'], '--reason'],
  ])('explains itself without doing anything: %j', async (words, expected) => {
    const { code, stdout, stderr } = await errand(words);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(expected);
    // Not a terminal, so nothing that only a terminal understands.
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
  });

  it.each([
    [[], 'COMMANDS'],
    [['keys'], 'COMMANDS'],
    [['start'], 'There is no command "errand start". Try "errand --help".'],
    [['runss'], 'There is no command "errand runss". Did you mean "errand runs"?'],
    [['keys', 'list', '--no-json'], `Unknown option '--no-json'.`],
    [['keys', 'list', '--data', 'a', '--data', 'b'], '--data is given 2 times and takes one value.'],
    [['keys', 'constructor'], 'There is no command "errand keys constructor".'],
    [['keys', 'list', '--josn'], `Unknown option '--josn'. Try "errand keys list --help".`],
    [['keys', 'list', 'all'], '"all" is one word too many.'],
    [['keys', 'revoke'], 'KEYID'],
    [['keys', 'create'], '--scopes'],
    [['keys', 'create', '--scopes'], `Option '--scopes <value>' argument missing.`],
    [['keys', 'create', '--scopes', 'runs:write'], 'There is no scope "runs:write". Known are runs:start, runs:read'],
    [['keys', 'create', '--scopes', 'runs:read,'], '--scopes takes words with commas between them'],
    [['keys', 'create', '--scopes', 'runs:read', '--expires', 'soon'], '--expires takes a duration such as 90d'],
    [['keys', 'create', '--scopes', 'runs:read', '--expires', '2020-01-01'], '--expires takes'],
    [['keys', 'create', '--scopes', 'runs:read', '--expires', '999999999d'], '--expires takes'],
    [['connections', 'stop'], 'There is no command "errand connections stop".'],
    [['connections', '--josn'], `Unknown option '--josn'. Try "errand connections --help".`],
    [['connections', '--data', '/nonexistent'], 'Start it with "npm start -- --data /nonexistent"'],
    [['connections', 'pause'], 'CONNECTION'],
    [['connections', 'resume', 'a', 'b'], '"b" is one word too many.'],
    [
      ['connections', '--stack', 'Errand'],
      '"errand keys create --stack Errand --scopes runs:read,fallout:resolve" makes one',
    ],
    [['keys', 'list', '--data', 'a', '--stack', 'b'], '--data, --url and --stack each say'],
    [['keys', 'list', '--url', 'http://errand.example.com'], 'is not where a key may be sent'],
    [['keys', 'list', '--url', 'https://errand.example.com'], 'environment variable ERRAND_KEY'],
    [['keys', 'list', '--data', '/nonexistent'], 'Start it with "npm start -- --data /nonexistent"'],
  ])('ends with 2 and says what to do when it is called wrongly: %j', async (words, expected) => {
    const { code, stdout, stderr } = await errand(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('    at ');
  });
});
