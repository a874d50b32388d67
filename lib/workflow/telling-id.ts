/** A platform that names a run by what must be kept secret: such an id cannot be kept, shown or sent in an address. */
import { ProviderProtocolError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { type Scrubber, textsIn } from '../domain/redact.ts';
import type { Started } from '../providers/provider.ts';

export const TELLING = new ProviderProtocolError(
  'The platform names the run by a value that must be kept secret, so that its id is not kept.',
);

interface Named {
  readonly remoteId?: string;
  readonly handle?: Json;
}

export function isTelling(scrubber: Scrubber, { remoteId = '', handle = [] }: Named): boolean {
  return [remoteId, ...textsIn(handle)].some((id) => scrubber.isTold(id));
}

/** What of a start can be kept: without its id where that is not needed; undefined where looks would go by it. */
export function keepable(started: Started, scrubber: Scrubber): Started | undefined {
  if (!isTelling(scrubber, started)) return started;
  if (started.kind === 'accepted') return undefined;
  const { remoteId: _, ...rest } = started;
  return rest;
}
