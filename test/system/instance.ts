/** Errand as a user starts it: the real command in a process of its own, on a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../lib/domain/run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const START = join(ROOT, 'lib/cli/start.ts');
const READY = /listens on (http:\/\/[\d.:]+)/;

export interface Exit {
  readonly code: number | null;
  readonly output: string;
}

export interface Instance {
  readonly url: string;
  readonly key: string;
  readonly output: () => string;
  /** SIGKILL: no handler runs. */
  kill(): Promise<void>;
  /** As Ctrl-C does. */
  stop(): Promise<Exit>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string): Promise<Response>;
  run(id: string): Promise<Run & { readonly output?: unknown }>;
  /** Waits until all these runs have ended. */
  ended(ids: readonly string[], withinMs: number): Promise<readonly Run[]>;
}

/** A folder that goes away with the test. */
export function temporaryDir(cleanUp: (task: () => Promise<void>) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'errand-test-'));
  cleanUp(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

export function spawnStart(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [START, ...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'pipe' });
}

/** Runs the command to its end. */
export async function runStart(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Exit> {
  const child = spawnStart(args, env);
  const output = collect(child);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, output: output() };
}

/** Starts the command and waits until its API answers. */
export async function startInstance(
  dataDir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Instance> {
  const child = spawnStart(['--data', dataDir, '--port', '0', ...args], env);
  const output = collect(child);
  const closed = new Promise<number | null>((done) => child.once('close', done));
  const url = await readyUrl(child, output);
  const key = readFileSync(join(dataDir, 'dev-key'), 'utf8').trim();
  const headers = { 'x-api-key': key };
  const get = (path: string) => fetch(new URL(path, url), { headers });
  const run = async (id: string) => (await (await get(`/v1/runs/${id}`)).json()) as Run;
  return {
    url,
    key,
    output,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async stop() {
      child.kill('SIGINT');
      return { code: await closed, output: output() };
    },
    post: (path, body, more = {}) =>
      fetch(new URL(path, url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', ...more },
        body: JSON.stringify(body),
      }),
    get,
    run,
    async ended(ids, withinMs) {
      const until = Date.now() + withinMs;
      for (;;) {
        const runs = await Promise.all(ids.map(run));
        if (runs.every(({ endedAt }) => endedAt !== undefined)) return runs;
        if (Date.now() > until) {
          const open = runs.filter(({ endedAt }) => endedAt === undefined).map(({ id, status }) => `${id} ${status}`);
          throw new Error(`still open: ${open.join(', ')}\n${output()}`);
        }
        await sleep(500);
      }
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

async function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  for (let waited = 0; waited < 90_000; waited += 50) {
    const url = READY.exec(output())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`it did not start:\n${output()}`);
}
