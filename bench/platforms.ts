/** The simulators in a process of their own, so that a figure of the runtime is a figure of the runtime. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROVIDER_IDS, type ProviderId } from '../lib/domain/config.ts';
import { simulatorVariable } from '../lib/simulators/sample-url.ts';

const PROCESS = join(import.meta.dirname, 'platform-process.ts');

/** Starts them on free ports, with jobs of `jobMs`, and tells the sample configuration where. */
export async function startPlatforms(jobMs: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROCESS, String(jobMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let found = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [id, origin] = line.split(/\s+/);
    if (!PROVIDER_IDS.includes(id as ProviderId) || origin === undefined) continue;
    process.env[simulatorVariable(id as ProviderId)] = origin;
    found += 1;
    if (found === PROVIDER_IDS.length) break;
  }
  child.stdout.resume();
  return child;
}
