import { readFile } from 'node:fs/promises';
import { CONSOLE } from '../contract.ts';
import type { ConsoleFiles, ConsoleManifest } from '../domain/console-file.ts';
import { once } from './assemble.ts';

/**
 * The page as it was shipped with a function. Each file is read when it is first asked for and then remembered; nothing
 * is read that the build did not list.
 * @param folder with a slash at its end
 */
export function createConsoleFiles(folder: URL): ConsoleFiles {
  const manifest = once(
    async () => JSON.parse(await readFile(new URL(CONSOLE.manifest, folder), 'utf8')) as ConsoleManifest,
  );
  const contents = new Map<string, Uint8Array>();

  async function read(name: string): Promise<Uint8Array> {
    const bytes = contents.get(name) ?? (await readFile(new URL(name, folder)));
    contents.set(name, bytes);
    return bytes;
  }

  return {
    async find(name) {
      const files = await manifest();
      const file = Object.hasOwn(files, name) ? files[name] : undefined;
      return file && { ...file, bytes: await read(name) };
    },
  };
}
