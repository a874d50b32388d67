import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createConsoleFiles } from '../../lib/aws/console-files.ts';
import { temporaryDirectory } from '../local/helpers/temporary-directory.ts';

const FILE = { mediaType: 'text/javascript', isGzipped: false, isImmutable: true, etag: 'a' };

function page() {
  const outside = temporaryDirectory();
  const folder = join(outside, 'console');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'assets', 'main.js'), 'main');
  writeFileSync(join(folder, 'unlisted.js'), 'unlisted');
  writeFileSync(join(outside, 'secret.js'), 'secret');
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ 'assets/main.js': FILE }));
  return { folder, files: createConsoleFiles(pathToFileURL(`${folder}/`)) };
}

describe('the files of the console', () => {
  it('are read by the names that the build listed, and by no other', async () => {
    const { files } = page();
    expect(await files.find('assets/main.js')).toEqual({ ...FILE, bytes: Buffer.from('main') });
    for (const name of ['unlisted.js', '../secret.js', 'manifest.json', 'toString', '', '/etc/hosts']) {
      expect(await files.find(name), name).toBeUndefined();
    }
  });

  it('are remembered, so that a warm function reads no disk', async () => {
    const { folder, files } = page();
    await files.find('assets/main.js');
    rmSync(folder, { recursive: true });
    expect(await files.find('assets/main.js')).toMatchObject({ bytes: Buffer.from('main') });
  });
});
