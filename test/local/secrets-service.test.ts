import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSecretFiles } from '../../lib/local/secret-files.ts';
import { serveSecrets } from '../../lib/local/secrets-service.ts';
import { ACCESS_KEY, CLIENT } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

async function secrets(content: object = { 'errand/acme': { apiKey: 'old' } }) {
  const directory = temporaryDirectory();
  const file = join(directory, 'secrets.json');
  const write = (value: object) => writeFileSync(file, JSON.stringify(value));
  write(content);
  const files = openSecretFiles(directory, 'errand/root-key', () => Date.now());
  const service = await serveSecrets(files, ACCESS_KEY, () => {});
  const client = new SecretsManagerClient({ ...CLIENT, endpoint: service.url });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
  const get = (SecretId: string, more: { VersionStage?: string; VersionId?: string } = {}) =>
    client.send(new GetSecretValueCommand({ SecretId, ...more }));
  return { directory, file, write, client, get };
}

describe('the local secrets', () => {
  it('are read by name and by ARN', async () => {
    const { get } = await secrets();
    const byName = await get('errand/acme');
    expect(byName).toMatchObject({
      Name: 'errand/acme',
      SecretString: '{"apiKey":"old"}',
      VersionStages: ['AWSCURRENT'],
    });
    expect(await get(byName.ARN ?? '')).toMatchObject({ SecretString: '{"apiKey":"old"}' });
  });

  it('notice a change of the file at once and keep the value before as AWSPREVIOUS', async () => {
    const { get, write } = await secrets();
    const before = await get('errand/acme');
    await expect(get('errand/acme', { VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    write({ 'errand/acme': { apiKey: 'new' } });
    const after = await get('errand/acme');
    expect(after.SecretString).toBe('{"apiKey":"new"}');
    expect(after.VersionId).not.toBe(before.VersionId);
    const previous = await get('errand/acme', { VersionStage: 'AWSPREVIOUS' });
    expect(previous).toMatchObject({ SecretString: '{"apiKey":"old"}', VersionId: before.VersionId });
  });

  it('are described and rotated over the wire', async () => {
    const { get, client, file } = await secrets();
    await client.send(new PutSecretValueCommand({ SecretId: 'errand/acme', SecretString: '{"apiKey":"put"}' }));
    expect((await get('errand/acme')).SecretString).toBe('{"apiKey":"put"}');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'errand/acme': { apiKey: 'put' } });
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'errand/acme' }));
    expect(Object.values(VersionIdsToStages ?? {}).sort()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('are created over the wire once, and never replaced that way', async () => {
    const { get, client } = await secrets();
    const create = (SecretString: string) => client.send(new CreateSecretCommand({ Name: 'errand/new', SecretString }));
    await create('{"apiKey":"first"}');
    await expect(create('{"apiKey":"second"}')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect((await get('errand/new')).SecretString).toBe('{"apiKey":"first"}');
  });

  it('that do not exist are refused by the name of the cloud’s error', async () => {
    const { get } = await secrets();
    await expect(get('errand/none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get('__proto__')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('include a root key of 32 random bytes that stays the same', async () => {
    const { get, directory } = await secrets();
    const { SecretString = '' } = await get('errand/root-key');
    expect(Buffer.from(JSON.parse(SecretString).key, 'base64')).toHaveLength(32);
    const again = openSecretFiles(directory, 'errand/root-key', () => Date.now());
    expect(again.read('errand/root-key')?.current.text).toBe(SecretString);
    expect(statSync(join(directory, 'root-key')).mode & 0o777).toBe(0o600);
  });

  it('are made private, however they were written', async () => {
    const { file } = await secrets();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['not JSON', 'top-secret-text', /not valid JSON/],
    ['no object', '["top-secret-text"]', /malformed/],
    ['a text instead of an object', '{"errand/acme":"top-secret-text"}', /malformed at "errand\/acme"/],
  ])('in a file that is %s are refused at the start, without a word of the content', (_, content, message) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'secrets.json'), content);
    const open = () => openSecretFiles(directory, 'errand/root-key', () => 0);
    expect(open).toThrow(message);
    expect(open).not.toThrow(/top-secret-text/);
  });

  it('do not replace a damaged root key, because that would lose what it sealed', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'root-key'), 'garbage');
    expect(() => openSecretFiles(directory, 'errand/root-key', () => 0)).toThrow(/damaged/);
    expect(readFileSync(join(directory, 'root-key'), 'utf8')).toBe('garbage');
  });

  it('hold a key for events where one is asked for, the same after each start and apart from the root key', () => {
    const directory = temporaryDirectory();
    const read = () =>
      openSecretFiles(directory, 'errand/root-key', () => 0, 'errand/event-key').read('errand/event-key');
    const { eventKey } = JSON.parse(read()?.current.text ?? '{}');
    expect(eventKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(readFileSync(join(directory, 'root-key'), 'utf8')).not.toContain(eventKey);
    expect(statSync(join(directory, 'event-key')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(read()?.current.text ?? '{}')).toEqual({ eventKey });
    writeFileSync(join(directory, 'event-key'), 'garbage');
    expect(read).toThrow(/event-key is damaged.* or remove it/);
    expect(openSecretFiles(directory, 'errand/root-key', () => 0).read('errand/event-key')).toBeUndefined();
  });
});
