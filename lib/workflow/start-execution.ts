import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/** The record stands, so a failure here loses nothing: the sweep starts what has no execution. */
export async function startExecution({ executions, log }: Dependencies, run: Run): Promise<void> {
  try {
    await executions.start(run.id, run.generation);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    log.warn('execution not started; the sweep will', { runId: run.id, error: why });
  }
}
