/** Lines that people copy: as they must be typed where they are. */
import { basename, join, relative, sep } from 'node:path';
import { DEFAULT_DATA, PROJECT } from './config-choice.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word for a shell. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `npx errand …` in the project's folder, where npx finds it; elsewhere by what it was called with. */
export function typed(words: readonly string[], folder = process.cwd()): string {
  return [program(folder), ...words.map(shellWord)].join(' ');
}

function program(folder: string): string {
  // What a shell called, where it says so.
  if (basename(process.env._ ?? '') === 'errand') return 'errand';
  const isWithin = `${folder}${sep}`.startsWith(`${PROJECT}${sep}`);
  if (isWithin || process.env.npm_command === 'exec') return 'npx errand';
  return `node ${shellWord(relative(folder, join(PROJECT, 'bin', 'errand.js')))}`;
}

/** The data directory where it is not the usual one. */
export function dataWords(data: string | undefined): readonly string[] {
  return data === undefined || data === DEFAULT_DATA ? [] : ['--data', data];
}

/** A path as short as it can be said from here. */
export function shown(path: string, folder = process.cwd()): string {
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short || '.';
}
