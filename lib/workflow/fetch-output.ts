/** Fetches and keeps the output of a run that succeeded. The verdict stands, whatever happens here. */
import {
  OutputTooLargeError,
  ProviderProtocolError,
  ProviderRefusedError,
  RemoteNotFoundError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run, Verdict } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { nextTryMs } from '../polling/next-look.ts';
import { end, fallOut } from './conclude.ts';
import { finished, lookAfter, type Place, startAfter } from './machine.ts';
import { callPlatform, placeOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import type { TaskOptions } from './start-run.ts';
import { type StoredOutput, storeOutput } from './store-output.ts';
import { update } from './update.ts';
import { describe } from './words.ts';

/** An output may come a little later than the end: five tries over about two minutes. */
const MAX_FETCHES = 5;
const FETCH_PAUSE_MS = 30_000;

export async function fetchOutput(
  dependencies: Dependencies,
  place: Place,
  { signal }: TaskOptions,
): Promise<MachineState> {
  const run = await dependencies.store.get(place.runId);
  if (run === undefined) throw new Error(`There is no run ${place.runId}.`);
  if (isTerminal(run.status)) return finished(place, run);
  const { verdict, handle } = run;
  if (run.status !== 'FETCHING_OUTPUT' || verdict === undefined) return startAfter(place, run, 0, 'has not ended yet');
  try {
    const called = await callPlatform(dependencies, run, 'read', async ({ fetchOutput }, scrubber) => {
      if (fetchOutput === undefined || handle === undefined) return { kind: 'none' } as const;
      const output = await fetchOutput(handle, { signal });
      return storeOutput(dependencies, run, output, scrubber, signal);
    });
    if (!called.ok)
      return await notFetched(dependencies, place, run, verdict, called.error, describe(called.scrubber, called.error));
    return await fetched(dependencies, place, run, verdict, called.value);
  } catch (error) {
    if (!(error instanceof SecretUnavailableError)) throw error;
    return notFetched(dependencies, place, run, verdict, error, describe(createScrubber([]), error));
  }
}

async function fetched(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  stored: StoredOutput | { readonly kind: 'none' },
): Promise<MachineState> {
  if (stored.kind === 'none') return end(dependencies, place, run, verdict);
  if (stored.kind === 'impossible') return fallOut(dependencies, place, run, stored.reason, stored.message);
  return end(dependencies, place, run, verdict, stored.output);
}

async function notFetched(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  error: unknown,
  message: string,
): Promise<MachineState> {
  if (error instanceof OutputTooLargeError)
    return fallOut(
      dependencies,
      place,
      run,
      'OUTPUT_TOO_LARGE',
      `It succeeded, but its output is too large. ${message}`,
    );
  if (error instanceof RemoteNotFoundError || error instanceof ProviderRefusedError)
    return withoutOutput(dependencies, place, run, verdict, `The platform no longer has the output. ${message}`);
  const now = dependencies.clock.now();
  const fetches = (run.fetches ?? 0) + 1;
  const remainingMs = Date.parse(run.deadline) - now;
  // Our own storage being down is no reason to give an output up before the deadline.
  const ours = error instanceof StoreUnavailableError;
  if (remainingMs <= 0 || (!ours && fetches >= MAX_FETCHES)) {
    if (error instanceof ProviderProtocolError)
      return fallOut(
        dependencies,
        place,
        run,
        'OUTPUT_INVALID',
        `It succeeded, but its output cannot be read. ${message}`,
      );
    return withoutOutput(dependencies, place, run, verdict, `The output could not be fetched. ${message}`);
  }
  const waitMs = ours
    ? nextTryMs({ elapsedMs: 0, seed: run.id, remainingMs }, fetches)
    : Math.min(FETCH_PAUSE_MS, remainingMs);
  const text = `The output could not be fetched yet (try ${fetches}). ${ours ? (error as Error).message : message}`;
  const patch = { fetches, nextLookAt: isoTime(now + waitMs) };
  return lookAfter(place, await update(dependencies, run, patch, { type: 'trouble', message: text }), waitMs, text);
}

async function withoutOutput(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  missing: string,
): Promise<MachineState> {
  if (placeOf(dependencies, run)?.flow.outputRequired)
    return fallOut(dependencies, place, run, 'OUTPUT_MISSING', `It succeeded, but its output is missing. ${missing}`);
  return end(dependencies, place, run, verdict, { files: [], bytes: 0, missing });
}
