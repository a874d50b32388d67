import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pageTable, TABLES } from '../security/tables.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

describe('the page of security', () => {
  it('has the table of threats as the tests have it: npm run -s security-table -- --markdown prints it anew', () => {
    const inPage = page.split('\n').filter((line) => /^\| S\d+ \|/.test(line));
    expect(inPage).toEqual(pageTable('security').split('\n').slice(2));
  });
});

/** The command as somebody runs it. */
async function run(...args: readonly string[]) {
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, ['test/security/run.ts', ...args], { cwd: ROOT })),
    };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
}

describe('the page of reliability', () => {
  it.each([
    ['promises', /^\| P\d+ \|/],
    ['invariants', /^\| I\d+ \|/],
  ] as const)('has the table of %s as the tests have it', (name, row) => {
    const reliability = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
    expect(reliability.split('\n').filter((line) => row.test(line))).toEqual(pageTable(name).split('\n').slice(2));
  });
});

describe('the command security-table', () => {
  it('prints every row with its tests, and last one line for programs', async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    for (const { id, what } of TABLES.security.rows) expect(stdout).toContain(`${id.padEnd(4)}${what}`);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ rows: 25, faults: [] });
  });

  it('refuses what it does not know, in one line', async () => {
    const { code, stderr, stdout } = await run('--tabel', 'all');
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain('--help');
  });
});
