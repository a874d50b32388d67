import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDir } from '../system/instance.ts';
import { errand } from './errand.ts';
import { onTerminal } from './terminal.ts';

const KEY = 'canary-key-4711';
const CONFIG = JSON.stringify({
  connections: {
    acme: { provider: 'bryter', baseUrl: 'https://acme.bryter.io', secret: 'errand/acme' },
    robot: { provider: 'assist-edge', baseUrl: 'https://rpa.example.com', secret: 'errand/robot' },
  },
  flows: {},
});

function folder(): string {
  const dir = temporaryDir((task) => onTestFinished(task));
  writeFileSync(join(dir, 'errand.config.json'), CONFIG);
  return dir;
}

const set = (cwd: string, words: readonly string[], input?: string, env: Readonly<Record<string, string>> = {}) =>
  errand(['secrets', 'set', ...words], { cwd, env, ...(input === undefined ? {} : { input }) });
const keptIn = (dir: string) => JSON.parse(readFileSync(join(dir, '.errand/secrets.json'), 'utf8'));

describe('errand secrets set', () => {
  it.each([
    ['a key alone', `${KEY}\n`],
    ['a key with the line ends of Windows', `\uFEFF${KEY}\r\n`],
    ['JSON', JSON.stringify({ apiKey: KEY })],
  ])('takes %s from the standard input, for its owner alone, and prints none of it', async (_, input) => {
    const dir = folder();
    const { code, stdout, stderr } = await set(dir, ['errand/acme'], input);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe('The secret "errand/acme" is stored in .errand/secrets.json.\n');
    expect(keptIn(dir)).toEqual({ 'errand/acme': { apiKey: KEY } });
    if (process.platform !== 'win32') expect(statSync(join(dir, '.errand/secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('replaces one of that name, keeps the others, and says so for programs', async () => {
    const dir = folder();
    mkdirSync(join(dir, '.errand'));
    writeFileSync(join(dir, '.errand/secrets.json'), '{"errand/acme":{"apiKey":"old"},"other":{"a":1}}');
    const { stdout } = await set(dir, ['errand/acme', '--json'], KEY);
    expect(JSON.parse(stdout)).toEqual({ name: 'errand/acme', place: '.errand/secrets.json', replaced: true });
    expect(keptIn(dir)).toEqual({ 'errand/acme': { apiKey: KEY }, other: { a: 1 } });
  });

  it.each([
    ['errand/acme', '', 'Nothing came on the standard input. Hand it over in a file or a pipe'],
    ['errand/acme', 'canary two words', 'apiKey: contains a space'],
    ['errand/acme', '{"token":"canary"}', 'is not what bryter needs, {"apiKey"}'],
    ['errand/acme', '{"apiKey":"canary"', 'What came on the standard input is not {"apiKey"} as JSON'],
    ['errand/robot', 'canary', 'What came on the standard input is not {"username","password"} as JSON'],
    ['errand/robot', '{"username":"canary"}', 'password: '],
    ['errand acme', 'canary', '"errand acme" is no name of a secret'],
  ])('refuses for %s what %j is, without repeating it, and stores nothing', async (name, input, expected) => {
    const dir = folder();
    const { code, stdout, stderr } = await set(dir, [name], input);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('canary');
    expect(() => keptIn(dir)).toThrow('ENOENT');
  });

  it('says when an Errand that runs takes it up, so that nobody tries in vain and looks for another mistake', async () => {
    const dir = folder();
    const server = createServer((_request, response) => response.end('{}'));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    mkdirSync(join(dir, '.errand'));
    writeFileSync(join(dir, '.errand/aws.env'), `export ERRAND_API_URL='${url}'\n`);
    writeFileSync(join(dir, '.errand/format'), '1\n');
    const { stdout } = await set(dir, ['errand/acme'], KEY);
    expect(stdout).toContain(
      `The Errand at ${url} takes it up within five minutes, or at once when it is started anew.`,
    );
  });

  it('takes none as a word, where others would see it, and does not repeat it', async () => {
    const { code, stderr } = await set(folder(), ['errand/acme', KEY]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Give the secret on the standard input')]);
    expect(stderr).not.toContain('canary');
  });

  it('stores one that no connection names, and says that its shape is not checked', async () => {
    const dir = folder();
    const { code, stderr } = await set(dir, ['mine'], '{"anything":1}');
    expect([code, stderr]).toEqual([0, expect.stringContaining('No connection in errand.config.json has a secret')]);
    expect(keptIn(dir)).toEqual({ mine: { anything: 1 } });
  });

  it('asks on a terminal for each field, and shows none of it', async () => {
    const dir = folder();
    const terminal = await onTerminal(['secrets', 'set', 'errand/robot'], { cwd: dir });
    await terminal.until('username of "errand/robot"');
    terminal.write('svc\r');
    await terminal.until('password of "errand/robot"');
    terminal.write(`${KEY}\r`);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.raw()).not.toContain('canary');
    expect(keptIn(dir)).toEqual({ 'errand/robot': { username: 'svc', password: KEY } });
  }, 30_000);
});

describe('errand secrets set for a stack', () => {
  interface Cloud {
    readonly asked: readonly (readonly [operation: string, input: Readonly<Record<string, unknown>>])[];
    readonly env: Readonly<Record<string, string>>;
  }

  /** Secrets Manager as far as this command asks it. */
  async function cloud(answer: (operation: string) => readonly [status: number, body: object]): Promise<Cloud> {
    const asked: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
    const server = createServer(async (request, response) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      asked.push([operation, JSON.parse((await buffer(request)).toString('utf8'))]);
      const [status, body] = answer(operation);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void server.close());
    const env = {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    return { asked, env };
  }

  it('makes it in Secrets Manager, and on this machine nothing', async () => {
    const dir = folder();
    const { asked, env } = await cloud(() => [200, { Name: 'errand/acme' }]);
    const { code, stdout, stderr } = await set(dir, ['errand/acme', '--stack', 'Errand'], KEY, env);
    expect([code, stderr, stdout]).toEqual([0, '', 'The secret "errand/acme" is stored in Secrets Manager.\n']);
    expect(asked).toEqual([
      ['CreateSecret', expect.objectContaining({ Name: 'errand/acme', SecretString: `{"apiKey":"${KEY}"}` })],
    ]);
    expect(() => keptIn(dir)).toThrow('ENOENT');
  });

  it('gives one that is there a new value', async () => {
    const taken = { __type: 'ResourceExistsException', message: 'there already' };
    const { asked, env } = await cloud((operation) => (operation === 'CreateSecret' ? [400, taken] : [200, {}]));
    const { code, stdout } = await set(folder(), ['errand/acme', '--stack', 'Errand'], KEY, env);
    expect([code, stdout]).toEqual([0, 'The secret "errand/acme" is replaced in Secrets Manager.\n']);
    expect(asked.at(-1)).toEqual([
      'PutSecretValue',
      expect.objectContaining({ SecretId: 'errand/acme', SecretString: `{"apiKey":"${KEY}"}` }),
    ]);
  });

  it('says what is needed where AWS refuses, and repeats nothing', async () => {
    const { env } = await cloud(() => [400, { __type: 'AccessDeniedException', message: `no ${KEY}` }]);
    const { code, stderr } = await set(folder(), ['errand/acme', '--stack', 'Errand'], KEY, env);
    expect([code, stderr]).toEqual([2, expect.stringContaining('needed are secretsmanager:CreateSecret')]);
    expect(stderr).not.toContain('canary');
  });
});
