/** The certificates of the doors, and whom their clients trust. */
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Certificate, certificateOf } from '../http/servers.ts';

const contexts = new Map<Certificate, SecureContext>();

/** What a server with this certificate needs; made once, because reading a key costs more than a handshake. */
export function contextOf(name: Certificate): SecureContext {
  const known = contexts.get(name);
  if (known !== undefined) return known;
  const key = readFileSync(new URL(`../fixtures/tls/${name}.key.pem`, import.meta.url), 'utf8');
  const context = createSecureContext({ key, cert: certificateOf(name) });
  contexts.set(name, context);
  return context;
}

/** Authorities as one PEM. */
export function trust(names: readonly Certificate[]): string {
  return names.map(certificateOf).join('\n');
}
