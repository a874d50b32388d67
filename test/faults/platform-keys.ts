/** The keys that the platforms take, which change while runs are under way. */
import type { ProviderId } from '../../lib/domain/config.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import type { Vault } from './services/aws.ts';

export interface PlatformKeys {
  /** The platform takes the new key from now on, and only that. */
  rotateAtPlatform(provider: ProviderId): void;
  /** And now the secret says so. */
  rotateSecret(provider: ProviderId): void;
  /** What the simulator, which knows one key for ever, is to read for what was sent. */
  translate(provider: ProviderId, text: string): string;
}

interface Known {
  readonly original: string;
  present: string;
  version: number;
}

const secretName = (provider: ProviderId) => `errand/sample-${provider}`;
/** The part of a secret that is secret. */
const keyField = (secret: object) => Object.keys(secret).find((name) => name !== 'username') ?? '';

/** All that they ever are, or contain. */
export const PLATFORM_KEYS: readonly string[] = Object.values(SAMPLE_SECRETS).flatMap((secret) => {
  const key = String(secret[keyField(secret)]);
  return [key, key.toUpperCase()];
});

export function createKeys(vault: Vault): PlatformKeys {
  const known = new Map<ProviderId, Known>();
  const keyOf = (provider: ProviderId): Known => {
    const secret = SAMPLE_SECRETS[secretName(provider)] ?? {};
    const original = String(secret[keyField(secret)]);
    const key = known.get(provider) ?? { original, present: original, version: 1 };
    known.set(provider, key);
    return key;
  };
  return {
    rotateAtPlatform(provider) {
      const key = keyOf(provider);
      key.version += 1;
      key.present = `rotated-${key.version}-${key.original.toUpperCase()}`;
    },
    rotateSecret(provider) {
      const name = secretName(provider);
      const secret = SAMPLE_SECRETS[name] ?? {};
      const text = JSON.stringify({ ...secret, [keyField(secret)]: keyOf(provider).present });
      vault.set(name, [...(vault.get(name) ?? []), text]);
    },
    translate(provider, text) {
      const { original, present } = keyOf(provider);
      if (original === present) return text;
      return text.replaceAll(original, 'revoked').replaceAll(present, original);
    },
  };
}
