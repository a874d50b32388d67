/** What the pages start and leave running: remembered in the workspace, by process id, until the page is done. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Started {
  /** Of two with one name only the later is up. */
  readonly name: string;
  readonly pid: number;
  /** Addresses as the pages write them, with where they really are. */
  readonly addresses: Readonly<Record<string, string>>;
}

const READY_MS = 90_000;
const EXIT_MS = 15_000;

const fileOf = (workspace: string) => join(workspace, '.started.json');

export function startedIn(workspace: string): readonly Started[] {
  return existsSync(fileOf(workspace)) ? JSON.parse(readFileSync(fileOf(workspace), 'utf8')) : [];
}

export function addressesIn(workspace: string): Readonly<Record<string, string>> {
  return Object.assign({}, ...startedIn(workspace).map(({ addresses }) => addresses));
}

export interface Background {
  readonly workspace: string;
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Addresses in what it prints when it is ready; undefined until then. */
  readonly ready: (printed: string) => Readonly<Record<string, string>> | undefined;
}

/** Starts it beside everything else, and ends once it is ready. @returns what it has printed. */
export async function startBeside({ workspace, name, program, args, ready }: Background): Promise<string> {
  const log = join(workspace, `.started-${startedIn(workspace).length}.log`);
  const out = openSync(log, 'w');
  const options: SpawnOptions = { cwd: process.cwd(), detached: true, stdio: ['ignore', out, out] };
  const child = spawn(program, args, options);
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  for (let waitedMs = 0; waitedMs < READY_MS && !exited; waitedMs += 50) {
    const printed = readFileSync(log, 'utf8');
    const addresses = ready(printed);
    if (addresses !== undefined && child.pid !== undefined) {
      const all = [...startedIn(workspace), { name, pid: child.pid, addresses }];
      writeFileSync(fileOf(workspace), JSON.stringify(all));
      child.unref();
      return printed;
    }
    await sleep(50);
  }
  if (child.pid !== undefined && !exited) process.kill(child.pid, 'SIGKILL');
  throw new Error(`It did not start:\n${readFileSync(log, 'utf8')}`);
}

/** Ends what was started under this name, as Ctrl-C does; without a name, everything. */
export async function stop(workspace: string, name?: string): Promise<void> {
  const started = startedIn(workspace);
  const pids = started.filter((one) => name === undefined || one.name === name).map(({ pid }) => pid);
  if (pids.length === 0) return;
  for (const pid of pids) signal(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < EXIT_MS && pids.some((pid) => signal(pid, 0)); waitedMs += 50) await sleep(50);
  for (const pid of pids) signal(pid, 'SIGKILL');
  writeFileSync(fileOf(workspace), JSON.stringify(started.filter(({ pid }) => !pids.includes(pid))));
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
