import { StoreUnavailableError } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/** To be found by it, which is worth no result. Where a platform gives an id twice, the first run has it. */
export async function noteRemote({ store, log }: Dependencies, run: Run, remoteId: string): Promise<void> {
  try {
    await store.claimRemote({ connection: run.connection, remoteId }, run.id);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn('remote id not noted', { runId: run.id });
  }
}
