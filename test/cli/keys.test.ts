import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { temporaryDir } from '../system/instance.ts';
import { type LocalErrand, startLocalErrand } from '../system/local-errand.ts';
import { startCloud } from './cloud.ts';
import { errand, type Outcome } from './errand.ts';

const KEY = /^errand_local_([0-9A-Za-z]{16})_[0-9A-Za-z]{36}$/;

let local: LocalErrand;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  local = await startLocalErrand((task) => cleanUps.unshift(task));
}, 120_000);
afterAll(async () => {
  for (const task of cleanUps) await task();
});

const keys = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  errand(['keys', ...words], { env });
const here = (...words: readonly string[]) => keys([...words, '--data', local.dataDir]);
const statusOf = async (key: string, path = '/v1/keys/self') =>
  (await fetch(new URL(path, local.runtime.apiUrl), { headers: { 'x-api-key': key } })).status;

async function jsonOf(key: string, path: string): Promise<unknown> {
  return (await fetch(new URL(path, local.runtime.apiUrl), { headers: { 'x-api-key': key } })).json();
}

async function created(outcome: Promise<Outcome>): Promise<{ readonly key: string; readonly keyId: string }> {
  const { code, stdout, stderr } = await outcome;
  expect([code, stdout.trim()], stderr).toEqual([0, expect.stringMatching(KEY)]);
  const key = stdout.trim();
  const keyId = KEY.exec(key)?.[1] ?? '';
  expect(stderr).toContain(`The API key ${keyId} is made. It is shown this once`);
  expect(stderr).not.toContain(key);
  return { key, keyId };
}

const rowOf = async (keyId: string) => (await here('list')).stdout.split('\n').find((line) => line.startsWith(keyId));

describe('errand keys, on this machine', () => {
  it('makes a key that works, lists it without what is secret, and revokes it at once', async () => {
    const { key, keyId } = await created(here('create', '--scopes', 'runs:read,runs:start', '--name', 'billing desk'));
    expect(await statusOf(key)).toBe(200);
    expect(await statusOf(key, '/v1/keys')).toBe(403);
    expect(await rowOf(keyId)).toMatch(/ active +billing desk +runs:start,runs:read +\(all\) .+ never /);
    expect((await here('list')).stdout).not.toContain(key.slice(-36));

    const revoked = await here('revoke', keyId);
    expect([revoked.code, revoked.stdout]).toEqual([0, `The API key ${keyId} is revoked.\n`]);
    expect(await statusOf(key)).toBe(401);
    expect(await rowOf(keyId)).toMatch(/ revoked /);
    expect((await here('revoke', keyId)).code).toBe(0);
  });

  it('limits a key to flows and to a time', async () => {
    const { key, keyId } = await created(
      here('create', '--scopes', 'runs:read', '--flows', 'onboard-employee', '--expires', '90d'),
    );
    expect(await statusOf(key, '/v1/flows/onboard-employee')).toBe(200);
    expect(await jsonOf(key, '/v1/flows')).toMatchObject({ items: [{ id: 'onboard-employee' }] });
    const { expiresAt } = (await jsonOf(key, '/v1/keys/self')) as { readonly expiresAt?: string };
    const days = (Date.parse(expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    expect(await rowOf(keyId)).toMatch(/ onboard-employee /);
  });

  it('prints JSON for programs', async () => {
    const made = await here('create', '--scopes', 'runs:read', '--json');
    const { keyId, key } = JSON.parse(made.stdout);
    expect(key).toMatch(KEY);
    const { items } = JSON.parse((await here('list', '--json')).stdout);
    expect(items).toContainEqual({ keyId, scopes: ['runs:read'], createdAt: expect.any(String) });
    expect(JSON.parse((await here('revoke', keyId, '--json')).stdout)).toEqual({ keyId, revoked: true });
  });

  it('ends with 1 where Errand says no, and says what it said', async () => {
    const flow = await here('create', '--scopes', 'runs:read', '--flows', 'onboard-employee,onbord');
    expect([flow.code, flow.stdout]).toEqual([1, '']);
    expect(flow.stderr).toContain('flows.1: there is no flow "onbord"');
    const absent = await here('revoke', '0000000000000000');
    expect(absent.code).toBe(1);
    expect(absent.stderr).toContain('There is no API key "0000000000000000". "errand keys list" shows');
  });

  it('wants the id of a key, not the key, which arguments give away', async () => {
    const { key, keyId } = await created(here('create', '--scopes', 'runs:read'));
    const { code, stderr } = await here('revoke', key);
    expect(code).toBe(2);
    expect(stderr).toContain(`errand keys revoke ${keyId}`);
    expect(stderr).not.toContain(key);
  });

  it('lets no name of a key write to the terminal of whoever lists it', async () => {
    const { keyId } = await created(here('create', '--scopes', 'runs:read', '--name', 'a\u001b[2Jb\u202ec'));
    expect(await rowOf(keyId)).toContain(' a?[2Jb?c ');
  });
});

describe('errand keys, at an address', () => {
  const at = (words: readonly string[], key: string, url = local.runtime.apiUrl) =>
    keys(words, { ERRAND_URL: url, ERRAND_KEY: key });

  it('asks with the key of the environment, within that key’s rights', async () => {
    const scopes = 'keys:admin,runs:read';
    const admin = await created(here('create', '--scopes', scopes, '--flows', 'onboard-employee'));
    const mine = await created(at(['create', '--scopes', 'runs:read', '--flows', 'onboard-employee'], admin.key));
    const { items } = JSON.parse((await at(['list', '--json'], admin.key)).stdout);
    const listed = items.map(({ keyId }: { readonly keyId: string }) => keyId);
    expect(listed).toEqual(expect.arrayContaining([admin.keyId, mine.keyId]));
    const refused = await at(['create', '--scopes', 'runs:start', '--flows', 'onboard-employee'], admin.key);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"runs:start"')]);
  });

  it('ends with 2 where the key is not accepted, and where nobody or somebody else answers', async () => {
    const wrong = await at(['list'], `${local.key.slice(0, -1)}-`);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('does not accept the API key in ERRAND_KEY'),
    ]);
    expect(wrong.stderr).not.toContain(local.key.slice(0, -1));

    const stranger = createServer((_request, response) => response.end('<h1>It works!</h1>'));
    await new Promise<void>((ready) => stranger.listen(0, '127.0.0.1', ready));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const other = await at(['list'], 'k', url);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('is not Errand')]);
    await new Promise((closed) => stranger.close(closed));
    const nobody = await at(['list'], 'k', url);
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining(`No Errand answers at ${url}`)]);
  });

  it('says how to start an instance that was killed', async () => {
    const dir = temporaryDir((task) => onTestFinished(task));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'aws.env'), `export ERRAND_API_URL='http://127.0.0.1:1'\n`);
    writeFileSync(join(dir, 'dev-key'), 'k\n');
    const { code, stderr } = await keys(['list', '--data', dir]);
    expect(code).toBe(2);
    expect(stderr).toContain(`Start it with "npm start -- --data ${dir}"`);
  });
});

describe('errand keys, in the cloud', () => {
  const cloud = (given: Readonly<Record<string, string>>) =>
    startCloud((task) => onTestFinished(task), local.runtime.environment, given);

  const outputs = () => ({
    TableName: local.runtime.environment[ENV.table] ?? '',
    RootKeySecret: local.runtime.environment[ENV.rootKeySecret] ?? '',
    Environment: local.runtime.environment[ENV.environment] ?? '',
  });

  it('makes a key with the operator’s credentials alone, and the API takes it', async () => {
    const { env, asked } = await cloud(outputs());
    const stack = (...words: readonly string[]) => keys([...words, '--stack', 'Errand'], env);
    const { key, keyId } = await created(stack('create', '--scopes', 'keys:admin,runs:read', '--name', 'first'));
    expect(await statusOf(key, '/v1/keys')).toBe(200);
    expect(asked[0]).toContain('Action=DescribeStacks');
    const { items } = JSON.parse((await stack('list', '--json')).stdout);
    const listed = items.find((item: { readonly keyId: string }) => item.keyId === keyId);
    expect(listed).toMatchObject({ name: 'first', scopes: ['runs:read', 'keys:admin'] });
    expect(listed).not.toHaveProperty('digest');
    expect((await stack('revoke', keyId)).code).toBe(0);
    expect(await statusOf(key)).toBe(401);
    expect((await stack('revoke', '0000000000000000')).code).toBe(1);
  });

  it('says what is missing: the stack, its outputs, the region, credentials, rights', async () => {
    const { env } = await cloud(outputs());
    const { AWS_REGION: _, ...nowhere } = env;
    const { AWS_ACCESS_KEY_ID: __, AWS_SECRET_ACCESS_KEY: ___, ...nobody } = env;
    const old = await cloud({ TableName: 'errand' });
    const denied = await cloud({ ...outputs(), RootKeySecret: 'somebody/elses' });
    const cases = [
      [env, 'Other', 'The stack "Other" cannot be looked up'],
      [env, 'Other', 'There is none of that name'],
      [nowhere, 'Errand', 'Name the region of the stack in AWS_REGION'],
      [nobody, 'Errand', 'Sign in to AWS first'],
      [old.env, 'Errand', 'lacks the outputs RootKeySecret, Environment'],
      [denied.env, 'Errand', 'secret "somebody/elses" does not exist'],
    ] as const;
    for (const [given, stack, expected] of cases) {
      const { code, stdout, stderr } = await keys(['create', '--scopes', 'runs:read', '--stack', stack], given);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(expected);
    }
  });
});
