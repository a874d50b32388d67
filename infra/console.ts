import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Rolldown } from 'vite';
import { CONSOLE } from '../lib/contract.ts';
import type { ConsoleFile, ConsoleManifest } from '../lib/domain/console-file.ts';
import { CONSOLE_ROOT, consoleConfig } from './console-vite.ts';

/** What a file of the page may be; another kind is a mistake of the build. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Compressed already, by what they are. */
const DENSE = new Set(['.png', '.woff2']);

/** Vite names what it puts here after the content. */
const HASHED = /^assets\//;

/** A file of the page by its name, as a browser gets to see it. */
export interface PageFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface BuildConsoleProps {
  /**
   * Folder with `index.html`.
   * @default - `lib/console`
   */
  readonly root?: string;
}

/** Builds the page, in memory. */
export async function buildConsole({ root = CONSOLE_ROOT }: BuildConsoleProps = {}): Promise<readonly PageFile[]> {
  // Loaded only where it is used, like the CDK.
  const { build } = await import('vite');
  const config = consoleConfig(root);
  const built = await asProduction(() => build({ ...config, build: { ...config.build, write: false } }));
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) =>
    output.map((part) => ({
      name: part.fileName,
      content: Buffer.from(part.type === 'chunk' ? part.code : part.source),
    })),
  );
}

/** React chooses its build by this variable, and a test runner has set it to something of its own. */
async function asProduction<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** Stores the files and their manifest in `<codeDir>/console`, as the function beside it reads them. */
export async function shipConsole(codeDir: string, files: readonly PageFile[]): Promise<void> {
  const folder = join(codeDir, CONSOLE.folder);
  const stored = files.map(({ name, content }) => ({ name, content, file: describe(name, content) }));
  for (const { name, content, file } of stored) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.isGzipped ? gzipSync(content, { level: 9 }) : content);
  }
  const manifest: ConsoleManifest = Object.fromEntries(stored.map(({ name, file }) => [name, file]));
  await writeFile(join(folder, CONSOLE.manifest), JSON.stringify(manifest));
}

function describe(name: string, content: Uint8Array): ConsoleFile {
  const extension = extname(name);
  const mediaType = MEDIA_TYPES[extension];
  if (mediaType === undefined) throw new Error(`The console's file ${name} is of no kind that is served.`);
  return {
    mediaType,
    isGzipped: !DENSE.has(extension),
    isImmutable: HASHED.test(name),
    etag: createHash('sha256').update(content).digest('base64url').slice(0, 22),
  };
}
