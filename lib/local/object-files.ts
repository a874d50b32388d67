/**
 * Objects as files. The bytes lie in `data/` under a random name; a small JSON file in `meta/`, named by the hash of
 * the key, points at them. Putting that file in place is the moment an object exists, so nobody sees half of one.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PRIVATE_DIRECTORY, PRIVATE_FILE, readIfPresent } from './private-files.ts';

export interface ObjectMeta {
  readonly key: string;
  readonly bytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedAtMs: number;
  /** Response headers the object was stored with: content type, disposition, `x-amz-meta-*`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly file: string;
}

export interface StagedBytes {
  readonly file: string;
  readonly bytes: number;
  readonly etag: string;
}

export interface ObjectFiles {
  /** Writes bytes that belong to no object yet. */
  stage(body: AsyncIterable<Uint8Array>): Promise<StagedBytes>;
  /** Makes staged bytes an object; false when `onlyIfAbsent` and there is one already. */
  publish(key: string, staged: StagedBytes, headers: ObjectMeta['headers'], onlyIfAbsent: boolean): Promise<boolean>;
  find(key: string): ObjectMeta | undefined;
  /** `end` is inclusive. */
  read(meta: ObjectMeta, range?: { readonly start: number; readonly end: number }): Readable;
  copy(meta: ObjectMeta): Promise<StagedBytes>;
  join(parts: readonly StagedBytes[]): Promise<StagedBytes>;
  discard(staged: StagedBytes): Promise<void>;
  remove(key: string): Promise<void>;
}

const metaName = (key: string) => `${createHash('sha256').update(key).digest('hex')}.json`;

async function* counted(body: AsyncIterable<Uint8Array>, hash: Hash, count: (bytes: number) => void) {
  for await (const chunk of body) {
    hash.update(chunk);
    count(chunk.length);
    yield chunk;
  }
}

/** Bytes no object points at are what a crash left behind. */
function sweepOrphans(metaDir: string, dataDir: string): void {
  const kept = new Set<string>();
  for (const name of readdirSync(metaDir)) {
    const meta = name.endsWith('.json') ? readIfPresent(join(metaDir, name)) : undefined;
    if (meta === undefined) rmSync(join(metaDir, name), { force: true });
    else kept.add((JSON.parse(meta) as ObjectMeta).file);
  }
  for (const name of readdirSync(dataDir)) {
    if (!kept.has(name)) rmSync(join(dataDir, name), { force: true });
  }
}

/** Opens the objects of a data directory and drops unfinished ones. */
export function openObjectFiles(directory: string, nowMs: () => number): ObjectFiles {
  const metaDir = join(directory, 'meta');
  const dataDir = join(directory, 'data');
  for (const path of [metaDir, dataDir]) mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  sweepOrphans(metaDir, dataDir);

  async function stage(body: AsyncIterable<Uint8Array>): Promise<StagedBytes> {
    const file = randomUUID();
    const hash = createHash('md5');
    let bytes = 0;
    const source = Readable.from(
      counted(body, hash, (n) => {
        bytes += n;
      }),
    );
    try {
      await pipeline(source, createWriteStream(join(dataDir, file), { mode: PRIVATE_FILE }));
    } catch (error) {
      await rm(join(dataDir, file), { force: true });
      throw error;
    }
    return { file, bytes, etag: hash.digest('hex') };
  }

  function find(key: string): ObjectMeta | undefined {
    const text = readIfPresent(join(metaDir, metaName(key)));
    return text === undefined ? undefined : (JSON.parse(text) as ObjectMeta);
  }

  const drop = (file: string) => rm(join(dataDir, file), { force: true });

  async function* concatenated(parts: readonly StagedBytes[]) {
    for (const part of parts) yield* createReadStream(join(dataDir, part.file));
  }

  return {
    stage,
    find,
    async publish(key, { file, bytes, etag }, headers, onlyIfAbsent) {
      const meta: ObjectMeta = { key, bytes, etag, modifiedAtMs: nowMs(), headers, file };
      const target = join(metaDir, metaName(key));
      const temporary = `${target}.${file}.tmp`;
      await writeFile(temporary, JSON.stringify(meta), { mode: PRIVATE_FILE });
      const replaced = find(key);
      // A link fails where a rename replaces, which settles a race for the same key.
      const done = onlyIfAbsent ? linkUnlessPresent(temporary, target) : replace(temporary, target);
      if (!done) await drop(file);
      else if (replaced) await drop(replaced.file);
      return done;
    },
    read: (meta, range) => createReadStream(join(dataDir, meta.file), range),
    async copy(meta) {
      const file = randomUUID();
      await copyFile(join(dataDir, meta.file), join(dataDir, file));
      return { file, bytes: meta.bytes, etag: meta.etag };
    },
    join: (parts) => stage(concatenated(parts)),
    discard: ({ file }) => drop(file),
    async remove(key) {
      const meta = find(key);
      if (!meta) return;
      await rm(join(metaDir, metaName(key)), { force: true });
      await drop(meta.file);
    },
  };
}

function replace(from: string, to: string): boolean {
  renameSync(from, to);
  return true;
}

function linkUnlessPresent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(from, { force: true });
  }
}
