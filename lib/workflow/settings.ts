import type { Connection } from '../domain/config.ts';
import { parseDuration } from '../domain/duration.ts';

const DEFAULT_AUTH_GRACE_MS = 900_000;

/** How long a refused key is tried again; the connection's `settings.authGrace`, 15 minutes unless set. */
export function authGraceOf(connection: Connection | undefined): number {
  const setting = connection?.settings.authGrace;
  return (typeof setting === 'string' ? parseDuration(setting) : undefined) ?? DEFAULT_AUTH_GRACE_MS;
}
