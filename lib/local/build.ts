/**
 * Synthesises the stack and bundles the functions, once for each state of the sources. The configuration is no part of
 * either: the functions read it from a file.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalTemplate, readTemplate } from './definition.ts';
import { LocalStartError } from './local-start-error.ts';

export interface Build {
  /** Holds `<name>/index.mjs`. */
  readonly functionsDir: string;
  readonly template: LocalTemplate;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'errand');
/** What ends up in the bundles or in the template. */
const SOURCES = ['lib', 'functions', 'infra'];
/** Folders of `lib` that no function imports. */
const NOT_BUNDLED = new Set(['lib/local', 'lib/cli', 'lib/simulators']);
const KEPT_FOR_MS = 7 * 24 * 3_600_000;

async function listSources(folder: string): Promise<readonly string[]> {
  if (NOT_BUNDLED.has(folder)) return [];
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listSources(path) : [path];
  });
  return (await Promise.all(nested)).flat().sort();
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  const files = [...(await Promise.all(SOURCES.map(listSources))).flat(), 'package-lock.json'];
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(ROOT, file)));
  return hash.digest('hex').slice(0, 32);
}

function synthesise(outdir: string, configFile: string): Promise<void> {
  const args = [join(ROOT, 'infra', 'app.ts'), '--outdir', outdir, '--config', configFile, '--local'];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) done();
      else reject(new LocalStartError(Buffer.concat(errors).toString().trim() || `The build ended with ${code}.`));
    });
  });
}

/** Builds aside and moves the result into place, so that two starts at once cannot see half of one. */
async function buildInto(target: string, configFile: string): Promise<void> {
  const temporary = join(CACHE, `.building-${randomUUID()}`);
  await mkdir(temporary, { recursive: true });
  try {
    await synthesise(temporary, configFile);
    await rename(temporary, target).catch((error: unknown) => {
      // Somebody else built the same thing meanwhile.
      if (!existsSync(join(target, TEMPLATE))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const TEMPLATE = 'Errand.template.json';

async function dropOld(now: Date): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < now.getTime() - KEPT_FOR_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Reads a build from a directory. */
export function readBuild(directory: string): Build {
  const template = JSON.parse(readFileSync(join(directory, TEMPLATE), 'utf8'));
  return { functionsDir: join(directory, 'functions'), template: readTemplate(template) };
}

/** @throws LocalStartError with the reason the build gives: mistakes in the configuration, by path. */
export async function buildStack(configFile: string, log: (line: string) => void, now: Date): Promise<Build> {
  const target = join(CACHE, await fingerprint());
  if (!existsSync(join(target, TEMPLATE))) {
    log('Building the functions and the state machine (only when the sources have changed)');
    await buildInto(target, resolve(configFile));
  }
  await utimes(target, now, now);
  await dropOld(now).catch(() => {});
  return readBuild(target);
}
