/** Texts as they lie in the data directory: sealed, as the cloud's services keep what they are given. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface TextSeal {
  seal(text: string): string;
  /** Also of what lay there before texts were sealed. @throws Error when it was sealed under another key. */
  open(text: string): string;
}

const VERSION = 's1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** @param purpose keeps what one service has sealed from opening as another's. */
export function createTextSeal(rootKey: string, purpose: string): TextSeal {
  const key = new Uint8Array(hkdfSync('sha256', rootKey, '', `errand ${purpose} v1`, KEY_BYTES));
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}${sealed.toString('base64url')}`;
    },
    open(text) {
      if (!text.startsWith(VERSION)) return text;
      const bytes = Buffer.from(text.slice(VERSION.length), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
