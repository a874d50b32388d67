import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataDir } from '../../lib/local/data-dir.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const STARTED = new Date('2026-01-02T03:04:05Z');
const moduleUrl = new URL('../../lib/local/data-dir.ts', import.meta.url).href;

/** Another process that claims the directory and stays. */
async function holder(directory: string) {
  const code = `
    const { openDataDir } = await import(${JSON.stringify(moduleUrl)});
    await openDataDir(process.argv[1], new Date('2026-01-02T03:04:05Z'));
    console.log('ready');
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('the data directory', () => {
  it('is created for its owner alone and opened again', async () => {
    const path = join(temporaryDirectory(), 'a', 'b');
    const first = await openDataDir(path, STARTED);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await first.close();
    await (await openDataDir(path, STARTED)).close();
  });

  it('is refused to a second instance, which is told who has it', async () => {
    const path = temporaryDirectory();
    const first = await openDataDir(path, STARTED);
    await expect(openDataDir(path, STARTED)).rejects.toMatchObject({
      name: 'LocalStartError',
      message: `The data directory ${path} is in use by process ${process.pid}, started 2026-01-02T03:04:05.000Z. Stop it, or start this one with another --data and --port.`,
    });
    await first.close();
  });

  it('is refused while another process has it, and free the moment that one is killed', async () => {
    const path = temporaryDirectory();
    const other = await holder(path);
    await expect(openDataDir(path, STARTED)).rejects.toThrow(`in use by process ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (await openDataDir(path, STARTED)).close();
  });

  it('is left untouched when it holds somebody else’s files', async () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, 'thesis.txt'), 'years of work');
    await expect(openDataDir(path, STARTED)).rejects.toThrow(
      /thesis\.txt.*Choose a new or empty directory with --data/s,
    );
    expect(readdirSync(path)).toEqual(['thesis.txt']);
  });

  it('may hold secrets that the user put there before the first start', async () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, 'secrets.json'), '{}');
    await (await openDataDir(path, STARTED)).close();
  });

  it('cannot be where a file is', async () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    await expect(openDataDir(path, STARTED)).rejects.toMatchObject({
      name: 'LocalStartError',
      message: expect.stringContaining('there is a file in its place'),
    });
    await expect(openDataDir(join(path, 'below'), STARTED)).rejects.toThrow(/cannot be created/);
  });

  it('of a later format is not touched', async () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, 'format'), '2\n');
    await expect(openDataDir(path, STARTED)).rejects.toThrow(/has format "2", this version reads format 1/);
    expect(readFileSync(join(path, 'format'), 'utf8')).toBe('2\n');
  });

  it('with a damaged database says so, and what to do', async () => {
    const path = temporaryDirectory();
    await (await openDataDir(path, STARTED)).close();
    writeFileSync(join(path, 'executions', 'CURRENT'), 'garbage');
    await expect(openDataDir(path, STARTED)).rejects.toMatchObject({
      name: 'LocalStartError',
      message: expect.stringMatching(/cannot be read: executions is damaged.*--data/s),
    });
  });

  it('with a file in place of a database says so', async () => {
    const path = temporaryDirectory();
    await (await openDataDir(path, STARTED)).close();
    rmSync(join(path, 'executions'), { recursive: true });
    writeFileSync(join(path, 'executions'), '');
    await expect(openDataDir(path, STARTED)).rejects.toThrow(/executions is damaged or not accessible/);
  });
});
