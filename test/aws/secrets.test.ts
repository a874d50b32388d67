import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSecrets } from '../../lib/aws/secrets.ts';
import { type AwsJsonServer, AwsRefusal, startAwsJsonServer } from '../helpers/aws-json-server.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

let server: AwsJsonServer;
let client: SecretsManagerClient;
let now = 0;
/** Text by stage, or the name of a refusal. */
let stages: Record<string, { readonly text?: string; readonly version: string } | string> = {};

beforeAll(async () => {
  server = await startAwsJsonServer();
  client = new SecretsManagerClient(server.clientOptions);
});
afterAll(() => server.close());
beforeEach(() => {
  now = 0;
  server.calls.length = 0;
  stages = {};
  server.answer = ({ input }) => {
    const found = stages[String(input.VersionStage)] ?? 'ResourceNotFoundException';
    if (typeof found === 'string') throw new AwsRefusal(found, found.startsWith('Internal') ? 500 : 400);
    return { Name: input.SecretId, VersionId: found.version, SecretString: found.text };
  };
});

function createTestSecrets(random = () => 0) {
  return createSecrets({ client, clock: { now: () => now }, random });
}

function rotateTo(version: string) {
  const { AWSCURRENT } = stages;
  stages = {
    AWSCURRENT: { text: JSON.stringify({ apiKey: `key-${version}` }), version },
    ...(AWSCURRENT === undefined ? {} : { AWSPREVIOUS: AWSCURRENT }),
  };
}

describe('secrets', () => {
  it('are asked for once in five minutes', async () => {
    rotateTo('1');
    const secrets = createTestSecrets();
    for (now = 0; now < 5 * MINUTE; now += MINUTE) await secrets.read('errand/acme', 'cached');
    expect(server.calls).toHaveLength(1);
    await secrets.read('errand/acme', 'cached');
    expect(server.calls).toHaveLength(2);
  });

  it('expire at different moments in different instances, so that these do not ask together', async () => {
    rotateTo('1');
    const secrets = createTestSecrets(() => 0.999);
    await secrets.read('errand/acme', 'cached');
    now = 5 * MINUTE - 59 * SECOND;
    await secrets.read('errand/acme', 'cached');
    expect(server.calls).toHaveLength(2);
  });

  it('are asked for once when many want them at once', async () => {
    rotateTo('1');
    const secrets = createTestSecrets();
    const read = await Promise.all(Array.from({ length: 50 }, () => secrets.read('errand/acme', 'cached')));
    expect(new Set(read)).toEqual(new Set([{ value: { apiKey: 'key-1' }, version: '1' }]));
    expect(server.calls).toHaveLength(1);
  });

  it.each(['InternalServiceError', 'ThrottlingException', 'AccessDeniedException'])(
    'outlive an hour of %s and no more, then come back by themselves',
    async (refusal) => {
      rotateTo('1');
      const secrets = createTestSecrets();
      await secrets.read('errand/acme', 'cached');
      const kept = stages;
      stages = { AWSCURRENT: refusal };
      for (now = 0; now < 60 * MINUTE; now += MINUTE) {
        expect(await secrets.read('errand/acme', 'cached')).toMatchObject({ version: '1' });
      }
      now = 61 * MINUTE;
      await expect(secrets.read('errand/acme', 'cached')).rejects.toMatchObject({ name: 'SecretUnavailableError' });
      stages = kept;
      now += 30 * SECOND;
      expect(await secrets.read('errand/acme', 'cached')).toMatchObject({ version: '1' });
    },
  );

  it.each([
    ['ResourceNotFoundException', 'absent'],
    ['InvalidRequestException', 'absent'],
    ['AccessDeniedException', 'denied'],
    ['DecryptionFailure', 'denied'],
    ['ThrottlingException', 'unavailable'],
    ['InternalServiceError', 'unavailable'],
  ])(
    'that cannot be had (%s) are named with the reason "%s", and asked for again within 30 s',
    async (refusal, problem) => {
      stages = { AWSCURRENT: refusal };
      const secrets = createTestSecrets();
      const expected = { name: 'SecretUnavailableError', problem, message: expect.stringContaining('errand/acme') };
      await expect(secrets.read('errand/acme', 'cached')).rejects.toMatchObject(expected);
      now = 29 * SECOND;
      await expect(secrets.read('errand/acme', 'current')).rejects.toMatchObject(expected);
      expect(server.calls).toHaveLength(1);
      rotateTo('1');
      now = 30 * SECOND;
      expect(await secrets.read('errand/acme', 'cached')).toMatchObject({ version: '1' });
    },
  );

  it('are read again on a refusal, at most once in 30 s however many runs are refused', async () => {
    rotateTo('1');
    const secrets = createTestSecrets();
    await secrets.read('errand/acme', 'cached');
    rotateTo('2');
    now = 10 * SECOND;
    expect(await secrets.read('errand/acme', 'current')).toMatchObject({ version: '1' });
    now = 30 * SECOND;
    const read = await Promise.all(Array.from({ length: 50 }, () => secrets.read('errand/acme', 'current')));
    expect(new Set(read.map(({ version }) => version))).toEqual(new Set(['2']));
    for (; now < 60 * SECOND; now += SECOND) await secrets.read('errand/acme', 'current');
    expect(server.calls).toHaveLength(2);
  });

  it('stay one read per 30 s and stage while keys are rotated every minute under many runs', async () => {
    rotateTo('0');
    const secrets = createTestSecrets();
    for (now = 0; now < 20 * MINUTE; now += SECOND) {
      if (now % MINUTE === 0) rotateTo(String(now / MINUTE));
      await secrets.read('errand/acme', 'current');
      await secrets.readPrevious('errand/acme');
    }
    const current = server.calls.filter(({ input }) => input.VersionStage === 'AWSCURRENT');
    expect(current.length).toBeLessThanOrEqual(40);
    expect(server.calls.length - current.length).toBeLessThanOrEqual(60);
  });

  it('have a former version only where Secrets Manager still has one', async () => {
    rotateTo('1');
    const secrets = createTestSecrets();
    expect(await secrets.readPrevious('errand/acme')).toBeUndefined();
    rotateTo('2');
    now = 30 * SECOND;
    expect(await secrets.readPrevious('errand/acme')).toEqual({ value: { apiKey: 'key-1' }, version: '1' });
  });

  it('forget the former version once a newer one is in force', async () => {
    rotateTo('1');
    rotateTo('2');
    const secrets = createTestSecrets();
    await secrets.read('errand/acme', 'cached');
    expect(await secrets.readPrevious('errand/acme')).toMatchObject({ version: '1' });
    rotateTo('3');
    now = 30 * SECOND;
    await secrets.read('errand/acme', 'current');
    expect(await secrets.readPrevious('errand/acme')).toMatchObject({ version: '2' });
  });

  it('are never read in the stage of a rotation that is not finished', async () => {
    rotateTo('1');
    rotateTo('2');
    stages = { ...stages, AWSPENDING: { text: '{"apiKey":"pending"}', version: '3' } };
    const secrets = createTestSecrets();
    for (; now < 10 * MINUTE; now += MINUTE) {
      await secrets.read('errand/acme', 'current');
      await secrets.readPrevious('errand/acme');
    }
    expect(new Set(server.calls.map(({ input }) => input.VersionStage))).toEqual(
      new Set(['AWSCURRENT', 'AWSPREVIOUS']),
    );
  });
});
