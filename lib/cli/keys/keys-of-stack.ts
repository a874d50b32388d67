/** API keys where a stack keeps them. */
import { createKey, listKeys, revokeKey } from '../../api/keys.ts';
import { keyDependencies } from '../../aws/dependencies.ts';
import { ENV } from '../../contract.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { CommandError } from '../frame/command-error.ts';
import { inTheCloud, stackOutputs } from '../target/errand-stack.ts';
import type { KeysDesk } from './keys-desk.ts';

/** Works on the stack's own table with the operator's rights, so that the first key needs none. @throws CommandError */
export async function openStackDesk(stack: string): Promise<KeysDesk> {
  const { tableName, rootKeySecret, environment } = await stackOutputs(stack);
  const dependencies = keyDependencies({ env: { [ENV.table]: tableName, [ENV.rootKeySecret]: rootKeySecret } });
  const attempt = async <Value>(what: string, act: () => Promise<Value>): Promise<Value> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof InvalidInputError) throw new CommandError(error.message, 1);
      throw inTheCloud(what, error);
    }
  };
  return {
    create: (request) => attempt('The API key cannot be made', () => createKey(dependencies, environment, request)),
    list: () =>
      attempt('The API keys cannot be read', async () =>
        (await listKeys(dependencies)).map(({ digest: _, ...shown }) => shown),
      ),
    revoke: (keyId) => attempt('The API key cannot be revoked', () => revokeKey(dependencies, keyId)),
  };
}
