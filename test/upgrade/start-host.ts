/** Starts one version's runtime in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HostReady, HostSetup } from './host.ts';

export interface Host extends HostReady {
  /** SIGKILL: no handler runs. */
  kill(): Promise<void>;
}

async function firstMessage(child: ChildProcess): Promise<HostReady> {
  const ready = once(child, 'message').then(([message]) => message as HostReady);
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the runtime ended with ${code}`)));
  return Promise.race([ready, ended]);
}

/** @param tree the version's sources. */
export async function startHost(tree: string, setup: HostSetup): Promise<Host> {
  const program = join(tree, 'test/upgrade/host.ts');
  const child = fork(program, [JSON.stringify(setup)], { cwd: tree, stdio: ['ignore', 2, 2, 'ipc'] });
  const closed = once(child, 'exit');
  const ready = await firstMessage(child);
  return {
    ...ready,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
