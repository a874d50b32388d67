/** Calling the platform of a run with the right key. */
import { ProviderUnauthorizedError, ReplyLostError, SecretUnavailableError } from '../domain/errors.ts';
import { lazyScrubber, type Scrubber, textsIn, textsInBody } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import type { ProviderSession, Turn } from '../providers/provider.ts';
import { noteCall } from './note-call.ts';
import { turnsOf } from './passage.ts';
import type { Dependencies, OpenSession } from './ports.ts';

export interface Platform {
  readonly session: ProviderSession;
  /** Removes every secret and sensitive value of this run, and what its raw body holds, from what the platform says. */
  readonly scrubber: Scrubber;
  /** The same for outputs, which are the user's data: they may hold what a raw body did. */
  readonly outputScrubber: Scrubber;
}

export type Called<T> =
  | ({ readonly ok: true; readonly value: T } & Platform)
  | ({ readonly ok: false; readonly error: unknown } & Platform);

export interface CallOptions {
  readonly kind: 'start' | 'read';
  /** The session to begin with, where the caller has one. */
  readonly opened?: OpenSession;
  readonly hasMoment?: boolean;
  /** The turns of the call, where the caller has asked before. */
  readonly given?: { readonly turn: Turn | undefined };
}

type Call<T> = (session: ProviderSession, scrubbers: Omit<Platform, 'session'>) => Promise<T>;

/**
 * Makes one call. A refused key is read again once, and the version before it tried once, because a rotation may be
 * half done; a refusal proves that nothing was taken, so this holds for starts too.
 * @param hasMoment a moment of the connection's request budget was taken for it; every further request takes its own.
 * @throws SecretUnavailableError when there is no key to call with.
 */
export async function callPlatform<T>(
  dependencies: Dependencies,
  run: Run,
  options: CallOptions,
  call: Call<T>,
): Promise<Called<T>> {
  const called = await callWithKeys(dependencies, run, options, call);
  // What came of a start is written down first, by the caller.
  if (options.kind === 'read') await noteCall(dependencies, run, called, 'read');
  return called;
}

async function callWithKeys<T>(
  dependencies: Dependencies,
  run: Run,
  { kind, opened, hasMoment = false, given }: CallOptions,
  call: Call<T>,
): Promise<Called<T>> {
  const turn = given === undefined ? await turnsOf(dependencies, run, hasMoment) : given.turn;
  // A start answered with a disguised refusal stays in doubt; a read may simply be made again.
  const refused = kind === 'start' ? keyRefused : mayBeRefusedKey;
  const { connections, vault } = dependencies;
  const sensitive = textsIn(await vault.sensitiveValues(run.id, run.input));
  const inBody = await textsOfBody(dependencies, run);
  const attempt = async (open: OpenSession): Promise<Called<T>> => {
    const platform = {
      session: turn === undefined ? open.session : open.metered(turn),
      scrubber: lazyScrubber(() => [...open.secrets, ...sensitive, ...inBody]),
      outputScrubber: lazyScrubber(() => [...open.secrets, ...sensitive]),
    };
    try {
      return { ok: true, value: await call(platform.session, platform), ...platform };
    } catch (error) {
      return { ok: false, error, ...platform };
    }
  };
  const cached = opened ?? (await connections.open(run, 'cached'));
  const first = await attempt(cached);
  if (first.ok || !refused(first.error)) return first;
  // That another key cannot be had does not make the refusal in hand less true.
  const current = await orNone(() => connections.open(run, 'current'));
  const second = current === undefined || current.version === cached.version ? first : await attempt(current);
  if (second.ok || !refused(second.error)) return second;
  const previous = await orNone(() => connections.openPrevious(run));
  if (previous === undefined || previous.version === cached.version) return second;
  const third = await attempt(previous);
  return third.ok || !refused(third.error) ? third : second;
}

/** Of a raw body that lies in the record; a larger one is in the bucket, out of reach of most functions. */
async function textsOfBody({ vault }: Dependencies, { id, input }: Run): Promise<readonly string[]> {
  if (input.sealed === undefined || input.key !== undefined) return [];
  const { rawBody } = await vault.open(id, input);
  return rawBody === undefined ? [] : textsInBody(rawBody);
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

/** What a failed call says about when to come back. */
export function hintOf(error: unknown): number | undefined {
  const hint = typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof hint === 'number' ? hint : undefined;
}
