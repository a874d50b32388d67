import { expect, it } from 'vitest';
import { loginThenBearer } from '../../lib/http/auth.ts';
import type { HttpClient } from '../../lib/http/http-client.ts';
import { NEVER_ABORTED } from './servers.ts';

const client = { baseUrl: 'https://a.example' } as HttpClient;

it('says which tokens a login has brought, the last few of them, for scrubbing a platform’s words', async () => {
  let count = 0;
  const auth = loginThenBearer({ login: async () => `token-${++count}` });
  expect(auth.tokens?.()).toEqual([]);
  const expected = [
    ['token-1'],
    ['token-2', 'token-1'],
    ['token-3', 'token-2', 'token-1'],
    ['token-4', 'token-3', 'token-2'],
  ];
  for (const tokens of expected) {
    await auth.headers(client, NEVER_ABORTED);
    await auth.headers(client, NEVER_ABORTED);
    expect(auth.tokens?.()).toEqual(tokens);
    auth.refused?.();
  }
});
