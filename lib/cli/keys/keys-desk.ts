/** Where API keys are made, listed and revoked: over the API, or where they are kept. */
import { z } from 'zod';
import type { CreatedKey, KeyRequest } from '../../api/keys.ts';
import type { ApiKeyRecord } from '../../workflow/ports.ts';
import { CommandError } from '../frame/command-error.ts';
import { createApiCaller } from '../target/errand-api.ts';
import type { ApiTarget, Target } from '../target/errand-target.ts';

export type ListedKey = Omit<ApiKeyRecord, 'digest' | 'scopes'> & { readonly scopes: readonly string[] };

/** Each throws a CommandError. */
export interface KeysDesk {
  create(request: KeyRequest): Promise<CreatedKey>;
  list(): Promise<readonly ListedKey[]>;
  /** False: there is no such key. */
  revoke(keyId: string): Promise<boolean>;
}

/** AWS's clients are loaded only by whoever means a stack. */
export async function openKeysDesk(target: Target): Promise<KeysDesk> {
  if (target.kind === 'api') return apiDesk(target);
  const { openStackDesk } = await import('./keys-of-stack.ts');
  return openStackDesk(target.name);
}

const word = z.string().regex(/^[\w.:-]{1,512}$/);
const createdSchema = z.looseObject({ keyId: word, key: word });
const listSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      keyId: z.string(),
      scopes: z.array(z.string()),
      flows: z.array(z.string()).exactOptional(),
      name: z.string().exactOptional(),
      createdAt: z.string(),
      expiresAt: z.string().exactOptional(),
      lastUsedAt: z.string().exactOptional(),
      revokedAt: z.string().exactOptional(),
    }),
  ),
});

function apiDesk(target: ApiTarget): KeysDesk {
  const call = createApiCaller(target);
  const path = '/v1/keys';
  const there = <Value>(value: Value | undefined): Value => {
    if (value !== undefined) return value;
    throw new CommandError(`The API at ${target.url} has no keys to manage: it is an older one, or not Errand’s.`);
  };
  return {
    create: async (body) => there(await call({ method: 'POST', path, body, schema: createdSchema })),
    list: async () => there(await call({ method: 'GET', path, schema: listSchema })).items,
    async revoke(keyId) {
      const place = `${path}/${encodeURIComponent(keyId)}`;
      return (await call({ method: 'DELETE', path: place, schema: z.null() })) !== undefined;
    },
  };
}
