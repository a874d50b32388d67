/**
 * API keys as text: `errand_<environment>_<keyId>_<secret><crc>`. Whoever scans for leaked keys can tell one by its prefix
 * and its checksum alone; so can we, before anything is looked up. Pure but for chance.
 */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 59 bits: no two keys are ever made with the same one. */
const SERIAL_LENGTH = 10;
/** 30 characters of 62 are 178 bits. */
const SECRET_LENGTH = 30;
/** 62^6 is more than 2^32. */
const CHECK_LENGTH = 6;
const ID_LENGTH = SERIAL_LENGTH + CHECK_LENGTH;
const MAX_LENGTH = 128;
const FORMAT = new RegExp(
  `^errand_([a-z0-9-]{1,20})_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH + CHECK_LENGTH}}$`,
);

/** Tells what no chance could have made: a text that has seen our root key. */
export type Sign = (text: string) => Promise<string>;

/** A fresh id that only this deployment could have made. */
export async function newKeyId(sign: Sign): Promise<string> {
  const serial = randomText(SERIAL_LENGTH);
  return `${serial}${await checkOf(serial, sign)}`;
}

export function newKeyText(environment: string, keyId: string): string {
  const body = `errand_${environment}_${keyId}_${randomText(SECRET_LENGTH)}`;
  return `${body}${checksum(body)}`;
}

/** The id in a text that is a key of this environment by its form; undefined for every other. */
export function keyIdOf(text: string, environment: string): string | undefined {
  const match = text.length <= MAX_LENGTH ? FORMAT.exec(text) : null;
  if (match === null || match[1] !== environment) return undefined;
  return checksum(text.slice(0, -CHECK_LENGTH)) === text.slice(-CHECK_LENGTH) ? match[2] : undefined;
}

/** What the end of an id must be if it is one of ours: whoever makes ids up is right once in 2^32 times. */
export async function expectedKeyId(keyId: string, sign: Sign): Promise<string> {
  const serial = keyId.slice(0, SERIAL_LENGTH);
  return `${serial}${await checkOf(serial, sign)}`;
}

async function checkOf(serial: string, sign: Sign): Promise<string> {
  return checksum(await sign(`keyId ${serial}`));
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let out = '';
  for (let index = 0; index < CHECK_LENGTH; index += 1) {
    out = `${ALPHABET[rest % ALPHABET.length]}${out}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return out;
}
