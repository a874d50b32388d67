/** Calling the platform of a run with the right key. */
import type { Connection, Flow } from '../domain/config.ts';
import { ProviderUnauthorizedError, ReplyLostError, SecretUnavailableError } from '../domain/errors.ts';
import { createScrubber, type Scrubber, textsIn } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import type { ProviderSession } from '../providers/provider.ts';
import type { Dependencies, OpenSession } from './ports.ts';

export interface Platform {
  readonly session: ProviderSession;
  /** Removes every secret and sensitive value of this run from what the platform says. */
  readonly scrubber: Scrubber;
}

export type Called<T> =
  | ({ readonly ok: true; readonly value: T } & Platform)
  | ({ readonly ok: false; readonly error: unknown } & Platform);

/**
 * Makes one call. A refused key is read again once, and the version before it tried once, because a rotation may be
 * half done; a refusal proves that nothing was taken, so this holds for starts too.
 * @param opened the session to begin with, where the caller has one.
 * @throws SecretUnavailableError when there is no key to call with.
 */
export async function callPlatform<T>(
  dependencies: Dependencies,
  run: Run,
  kind: 'start' | 'read',
  call: (session: ProviderSession, scrubber: Scrubber) => Promise<T>,
  opened?: OpenSession,
): Promise<Called<T>> {
  // A start answered with a disguised refusal stays in doubt; a read may simply be made again.
  const refused = kind === 'start' ? keyRefused : mayBeRefusedKey;
  const { connections, vault } = dependencies;
  const sensitive = textsIn(await vault.sensitiveValues(run.id, run.input));
  const attempt = async ({ session, secrets }: OpenSession): Promise<Called<T>> => {
    const platform = { session, scrubber: createScrubber([...secrets, ...sensitive]) };
    try {
      return { ok: true, value: await call(platform.session, platform.scrubber), ...platform };
    } catch (error) {
      return { ok: false, error, ...platform };
    }
  };
  const cached = opened ?? (await connections.open(run.flowId, 'cached'));
  const first = await attempt(cached);
  if (first.ok || !refused(first.error)) return first;
  // That another key cannot be had does not make the refusal in hand less true.
  const current = await orNone(() => connections.open(run.flowId, 'current'));
  const second = current === undefined || current.version === cached.version ? first : await attempt(current);
  if (second.ok || !refused(second.error)) return second;
  const previous = await orNone(() => connections.openPrevious(run.flowId));
  if (previous === undefined || previous.version === cached.version) return second;
  const third = await attempt(previous);
  return third.ok || !refused(third.error) ? third : second;
}

function keyRefused(error: unknown): boolean {
  return error instanceof ProviderUnauthorizedError;
}

async function orNone<T>(open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof SecretUnavailableError) return undefined;
    throw error;
  }
}

/** A failure that may be a refused key in disguise (InVision answers 500). */
export function mayBeRefusedKey(error: unknown): boolean {
  return keyRefused(error) || (error instanceof ReplyLostError && error.authSuspect);
}

/** The run's flow and connection as the configuration has them now; undefined when they were taken out. */
export function placeOf(dependencies: Dependencies, run: Run): { flow: Flow; connection: Connection } | undefined {
  const flow = dependencies.config.flows[run.flowId];
  const connection = flow === undefined ? undefined : dependencies.config.connections[flow.connection];
  return flow === undefined || connection === undefined ? undefined : { flow, connection };
}

/** What a failed call says about when to come back. */
export function hintOf(error: unknown): number | undefined {
  const hint = typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof hint === 'number' ? hint : undefined;
}
