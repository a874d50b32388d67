/** One key is held to its own rate; so many, used in turn, ask for more than one machine can do. */
import { createKey } from '../lib/api/keys.ts';
import { apiDependencies } from '../lib/aws/dependencies.ts';
import { ENV } from '../lib/contract.ts';
import type { Runtime } from '../lib/local/runtime.ts';
import { SCOPES } from '../lib/workflow/ports.ts';

const KEYS = 10;

/** Gives the next key at each call. */
export async function createKeys({ environment }: Pick<Runtime, 'environment'>): Promise<() => string> {
  Object.assign(process.env, environment);
  const dependencies = apiDependencies();
  const name = environment[ENV.environment] ?? 'local';
  const made = await Promise.all(Array.from({ length: KEYS }, () => createKey(dependencies, name, { scopes: SCOPES })));
  let count = 0;
  return () => made[count++ % KEYS]?.key ?? '';
}
