import { SecretUnavailableError } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import { placeOf } from './place-of.ts';
import { callPlatform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import type { TaskOptions } from './task.ts';

export interface Stopped {
  readonly outcome: 'confirmed' | 'unconfirmed' | 'unsupported';
  readonly message: string;
}

const MESSAGES: Readonly<Record<Stopped['outcome'], string>> = {
  confirmed: 'The platform confirmed that it stopped the job.',
  unconfirmed: 'The platform did not confirm that it stopped the job.',
  unsupported: 'The platform cannot be told to stop: the job may still be running there.',
};

/** Asks the platform to stop the job; best effort, and never more certain than the platform's answer. */
export async function stopRemote(dependencies: Dependencies, run: Run, { signal }: TaskOptions): Promise<Stopped> {
  const outcome = await askToStop(dependencies, run, signal);
  return { outcome, message: MESSAGES[outcome] };
}

async function askToStop(dependencies: Dependencies, run: Run, signal: AbortSignal): Promise<Stopped['outcome']> {
  const { handle } = run;
  if (handle === undefined || placeOf(dependencies, run) === undefined) return 'unconfirmed';
  try {
    const called = await callPlatform(dependencies, run, { kind: 'read' }, async ({ cancel }) =>
      cancel === undefined ? 'unsupported' : cancel(handle, { signal }),
    );
    return called.ok ? called.value : 'unconfirmed';
  } catch (error) {
    if (error instanceof SecretUnavailableError) return 'unconfirmed';
    throw error;
  }
}
