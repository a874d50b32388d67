/** The data directory: made private, claimed by one instance at a time, refused when it is not ours. */
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { LocalStartError } from './local-start-error.ts';
import { PRIVATE_DIRECTORY, readIfPresent, writePrivateFile } from './private-files.ts';

export type Database = ClassicLevel<string, string>;

export interface DataDir {
  readonly path: string;
  /** Executions and their histories. Its lock, held by the operating system, is the claim on the whole directory. */
  readonly database: Database;
  close(): Promise<void>;
}

const FORMAT = '1';
/** What may lie in a directory that no instance has used yet: put there by the user, or by the command before the start. */
const WELCOME = new Set(['secrets.json', 'dev-key', 'config.json', 'simulators', '.DS_Store', 'functions.log']);
const isWelcome = (name: string) => WELCOME.has(name) || name.endsWith('.tmp');

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file in its place' : `the system says ${code}`;
    throw new LocalStartError(
      `The data directory ${path} cannot be created: ${reason}. Choose another with --data, or make room for it.`,
      { cause: error },
    );
  }
}

/**
 * A directory that holds other things is left alone: its rights and its content are somebody else's.
 * @throws LocalStartError
 */
export function requireOurs(path: string): void {
  const format = readIfPresent(join(path, 'format'))?.trim();
  if (format === FORMAT) return;
  if (format !== undefined) {
    throw new LocalStartError(
      `The data directory ${path} has format "${format.slice(0, 20)}", this version reads format ${FORMAT}. Use the version that wrote it, or another directory (--data).`,
    );
  }
  const stranger = readdirSync(path).find((name) => !isWelcome(name));
  if (stranger !== undefined) {
    throw new LocalStartError(
      `${path} holds files that are not Errand’s (${stranger}) and is left untouched. Choose a new or empty directory with --data.`,
    );
  }
}

function describeHolder(path: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readIfPresent(join(path, 'instance.json')) ?? '{}');
    return pid ? `process ${pid}, started ${startedAt}` : 'another process';
  } catch {
    return 'another process';
  }
}

/** @throws LocalStartError saying that the directory is in use, or damaged. */
export function explainDatabase(path: string, folder: string, error: unknown): LocalStartError {
  const cause = (error as { cause?: { code?: string } }).cause;
  if (cause?.code === 'LEVEL_LOCKED') {
    return new LocalStartError(
      `The data directory ${path} is in use by ${describeHolder(path)}. Stop it, or start this one with another --data and --port.`,
      { cause: error },
    );
  }
  return new LocalStartError(
    `The data directory ${path} cannot be read: ${folder} is damaged or not accessible. Put back a copy of the directory, or start with another (--data).`,
    { cause: error },
  );
}

/** Opens one of the directory's databases. */
export async function openDatabase(path: string, folder: string): Promise<Database> {
  const database: Database = new ClassicLevel(join(path, folder), { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  try {
    await database.open();
    return database;
  } catch (error) {
    throw explainDatabase(path, folder, error);
  }
}

/**
 * Creates or takes over a data directory. The claim is the lock of the database inside: the system frees it when the
 * process ends, however it ends.
 */
export async function openDataDir(directory: string, startedAt: Date): Promise<DataDir> {
  const path = resolve(directory);
  makeDirectory(path);
  try {
    requireOurs(path);
    chmodSync(path, PRIVATE_DIRECTORY);
    // Before anything else of ours, so that a start that breaks off here is no stranger to the next.
    writePrivateFile(join(path, 'format'), `${FORMAT}\n`);
  } catch (error) {
    if (error instanceof LocalStartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new LocalStartError(
      `The data directory ${path} cannot be used: the system says ${code}. Make it yours to read and write, or choose another with --data.`,
      { cause: error },
    );
  }
  const database = await openDatabase(path, 'executions');
  const instance = { pid: process.pid, startedAt: startedAt.toISOString() };
  writePrivateFile(join(path, 'instance.json'), JSON.stringify(instance));
  return { path, database, close: () => database.close() };
}
