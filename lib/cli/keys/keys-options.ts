/** What is asked of a key on the command line, read strictly. */
import { z } from 'zod';
import type { KeyRequest } from '../../api/keys.ts';
import { parseDuration } from '../../domain/duration.ts';
import { SCOPES, type Scope } from '../../workflow/ports.ts';
import { CommandError } from '../frame/command-error.ts';

export interface KeyOptions {
  readonly scopes: string;
  readonly flows?: string | undefined;
  readonly name?: string | undefined;
  readonly expires?: string | undefined;
}

const instantSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);
/** Times are written with four digits of a year. */
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** @throws CommandError naming the option and what it takes. */
export function keyRequestOf({ scopes, flows, name, expires }: KeyOptions, now: number): KeyRequest {
  return {
    scopes: scopesOf(scopes),
    ...(flows === undefined ? {} : { flows: listOf('--flows', flows) }),
    ...(name === undefined ? {} : { name }),
    ...(expires === undefined ? {} : { expiresAt: expiryOf(expires, now) }),
  };
}

function scopesOf(text: string): readonly Scope[] {
  return listOf('--scopes', text).map((word) => {
    const scope = SCOPES.find((known) => known === word);
    if (scope === undefined) throw new CommandError(`There is no scope "${word}". Known are ${SCOPES.join(', ')}.`);
    return scope;
  });
}

function listOf(option: string, text: string): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new CommandError(`${option} takes words with commas between them, got "${text}".`);
  return words;
}

function expiryOf(text: string, now: number): string {
  const durationMs = parseDuration(text);
  const at = durationMs === undefined ? instantOf(text) : now + durationMs;
  if (at !== undefined && at > now && at <= END_OF_TIME) return new Date(at).toISOString();
  throw new CommandError(
    `--expires takes a duration such as 90d, or a time to come such as 2030-01-31 or 2030-01-31T12:00:00Z, got "${text}".`,
  );
}

function instantOf(text: string): number | undefined {
  return instantSchema.safeParse(text).success ? Date.parse(text) : undefined;
}
