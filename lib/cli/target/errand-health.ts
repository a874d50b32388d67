/** Whether the Errand of a data directory runs. */
import { join } from 'node:path';
import { AWS_ENV_FILE } from '../../local/aws-env.ts';
import { readIfPresent } from '../../local/private-files.ts';

const TIMEOUT_MS = 2_000;

/** Where it should answer, when it runs or was killed; an orderly stop takes the address away. */
export function localUrlOf(dataDir: string): string | undefined {
  return /^export ERRAND_API_URL='([^']+)'$/m.exec(readIfPresent(join(dataDir, AWS_ENV_FILE)) ?? '')?.[1];
}

/** The address that answers; undefined where none does. */
export async function runningAt(dataDir: string, timeoutMs = TIMEOUT_MS): Promise<string | undefined> {
  const url = localUrlOf(dataDir);
  if (url === undefined) return undefined;
  try {
    const reply = await fetch(`${url}/health`, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    return reply.ok ? url : undefined;
  } catch {
    return undefined;
  }
}
