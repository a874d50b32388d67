/** Tables that say of each promise which tests hold it, and what is wrong with such a table. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type TestTitle, titlesIn } from './test-titles.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Titles, or enough of each to mean no other, by the file that they stand in. */
export type Proofs = Readonly<Record<string, readonly string[]>>;

export interface ProofRow {
  readonly id: string;
  readonly tests: Proofs;
}

export interface ProofSources {
  /** The text of a file of the project; undefined where there is none. */
  read(file: string): string | undefined;
  /** Files of tests, and of what tests share. */
  readonly testFiles: readonly string[];
}

/** The project as it lies on the disk. */
export function projectSources(): ProofSources {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  return {
    read: (file) => (existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : undefined),
    testFiles: files.filter((file) => file.endsWith('.ts')).map((file) => join('test', file)),
  };
}

/** Mistakes of a table in words: rows that are missing or prove nothing, tests that are not there or not run. */
export function faultsOf(
  rows: readonly ProofRow[],
  ids: readonly string[],
  sources: ProofSources = projectSources(),
): readonly string[] {
  const missing = ids.filter((id) => !rows.some((row) => row.id === id)).map((id) => `${id}: has no row`);
  const unknown = rows.filter(({ id }) => !ids.includes(id)).map(({ id }) => `${id}: is in no list of ours`);
  const twice = rows.filter(({ id }, at) => rows.findIndex((row) => row.id === id) !== at).map(({ id }) => id);
  const faultsIn = createFileCheck(sources);
  const ofRows = rows.flatMap(({ id, tests }) => {
    const named = Object.entries(tests).filter(([, titles]) => titles.length > 0);
    if (named.length === 0) return [`${id}: names no test`];
    return named.flatMap(([file, titles]) => faultsIn(file, titles).map((fault) => `${id}: ${fault}`));
  });
  return [...missing, ...unknown, ...twice.map((id) => `${id}: has two rows`), ...ofRows];
}

function createFileCheck(sources: ProofSources) {
  const known = new Map<string, readonly TestTitle[] | undefined>();
  const titlesOf = (file: string) => {
    if (!known.has(file)) known.set(file, read(sources, file));
    return known.get(file);
  };
  return (file: string, titles: readonly string[]): readonly string[] => {
    const inFile = titlesOf(file);
    if (inFile === undefined) return [`there is no file ${file}`];
    if (!isRun(file, sources)) return [`${file} is neither a test nor used by one`];
    return titles.flatMap((wanted) => faultOfTitle(file, wanted, inFile));
  };
}

function read(sources: ProofSources, file: string): readonly TestTitle[] | undefined {
  const text = sources.read(file);
  return text === undefined ? undefined : titlesIn(text);
}

function faultOfTitle(file: string, wanted: string, inFile: readonly TestTitle[]): readonly string[] {
  const where = wanted.includes(' > ') ? 'path' : 'title';
  const all = inFile.filter((test) => test[where].includes(wanted));
  // A title as a whole means itself, also where it is a part of others.
  const exact = all.filter((test) => test[where] === wanted);
  const [test, other] = exact.length > 0 ? exact : all;
  if (test === undefined) return [`${file} has no test "${wanted}"`];
  if (other !== undefined) return [`${file} has more than one test "${wanted}"`];
  if (test.isSkipped) return [`${file} skips "${wanted}"`];
  if (inFile.some(({ isOnly }) => isOnly) && !test.isOnly) return [`${file} runs another test only, not "${wanted}"`];
  return [];
}

/** A file that describes tests for others counts where a test gets to it. */
function isRun(file: string, sources: ProofSources, seen = new Set<string>()): boolean {
  if (file.endsWith('.test.ts')) return true;
  seen.add(file);
  const users = sources.testFiles.filter((user) => {
    if (seen.has(user)) return false;
    const imports = sources.read(user)?.matchAll(/from '(\.[^']+)'/g) ?? [];
    return [...imports].some(([, path = '']) => relative(ROOT, resolve(ROOT, dirname(user), path)) === file);
  });
  return users.some((user) => isRun(user, sources, seen));
}
