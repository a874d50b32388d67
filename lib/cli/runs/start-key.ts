/** The idempotency key of a start. */
import { randomUUID } from 'node:crypto';
import { requestIdSchema } from '../../domain/start-body.ts';
import { CommandError } from '../frame/command-error.ts';

/** What was given, else one of its own. @throws CommandError for what cannot be sent. */
export function startKeyOf(given: string | undefined): string {
  const key = given ?? randomUUID();
  // A header's blank ends are lost on the way.
  if (requestIdSchema.safeParse(key).success && key.trim() === key) return key;
  throw new CommandError('--key takes 1 to 255 printable ASCII characters, without blanks around them.');
}
