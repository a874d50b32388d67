import { describe, expect, it } from 'vitest';
import { grantKey } from '../../lib/api/key-grants.ts';
import type { createKey } from '../../lib/api/keys.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { type ApiKeyRecord, SCOPES } from '../../lib/workflow/ports.ts';
import { createWorld } from '../helpers/world.ts';

const session = { start: () => Promise.reject(new Error('not called')) };
const flow = { connection: 'acme', target: {} };
const config = configSchema.parse({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: { onboard: flow, leave: flow, payroll: flow },
});

describe('a key made on behalf of another', () => {
  const grant = async (giver: Partial<ApiKeyRecord>, request: Parameters<typeof createKey>[2]) => {
    const { dependencies } = createWorld({ session, config });
    const record: ApiKeyRecord = { keyId: 'k', digest: 'd', scopes: SCOPES, createdAt: '', ...giver };
    const { keyId } = await grantKey(dependencies, 'test', record, request);
    return dependencies.keys.get(keyId);
  };

  it('has what was asked for, as far as the giver has it', async () => {
    expect(await grant({}, { scopes: ['runs:read'] })).toMatchObject({ scopes: ['runs:read'] });
    const limited = { scopes: ['runs:read'], flows: ['onboard', 'leave'] } as const;
    expect(await grant(limited, { scopes: ['runs:read'], flows: ['leave'] })).toMatchObject({ flows: ['leave'] });
  });

  it('has no scope that the giver lacks, and all that are lacking are named', async () => {
    const asked = grant({ scopes: ['runs:read'] }, { scopes: ['runs:read', 'runs:start', 'keys:admin'] });
    await expect(asked).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'An API key cannot give what it lacks itself: "runs:start", "keys:admin".',
    });
  });

  it('names its flows where the giver is limited to some', async () => {
    await expect(grant({ flows: ['onboard'] }, { scopes: ['runs:read'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('limited to flows'),
    });
  });

  it('has no flow that does not exist, or not for the giver, in the same words', async () => {
    const issue = (index: number, name: string) => ({ path: `flows.${index}`, message: `there is no flow "${name}"` });
    const asked = (giver: Partial<ApiKeyRecord>, flows: readonly string[]) =>
      grant(giver, { scopes: ['runs:read'], flows });
    await expect(asked({}, ['onboard', 'nothing', 'toString'])).rejects.toMatchObject({
      name: 'InvalidInputError',
      issues: [issue(1, 'nothing'), issue(2, 'toString')],
    });
    await expect(asked({ flows: ['onboard'] }, ['payroll'])).rejects.toMatchObject({ issues: [issue(0, 'payroll')] });
  });
});
