/** Keys as whoever guesses would make them. */

/** Of a body, as a key's checksum is made: the standard's CRC-32 in six digits of base 62. */
export function withChecksum(body: string): string {
  let crc = 0xffff_ffff;
  for (const byte of Buffer.from(body)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  let rest = (crc ^ 0xffff_ffff) >>> 0;
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let check = '';
  for (let index = 0; index < 6; index += 1) {
    check = `${digits[rest % 62]}${check}`;
    rest = Math.floor(rest / 62);
  }
  return `${body}${check}`;
}

/** The same key with another secret, its checksum right. */
export function withSecret(key: string, secret: string): string {
  return withChecksum(`${key.slice(0, -36)}${secret.padEnd(30, 'x').slice(0, 30)}`);
}

/** The same key with another id, its checksum right. */
export function withId(key: string, keyId: string): string {
  const [prefix, environment, , rest = ''] = key.split('_');
  return withChecksum(`${prefix}_${environment}_${keyId.padEnd(16, 'x').slice(0, 16)}_${rest.slice(0, 30)}`);
}
