import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { COLLECTING, type Memory } from './process-memory.ts';

const PROGRAM = join(import.meta.dirname, 'keeping-process.ts');
const TIMEOUT_MS = 60_000;

describe('memory of a process with threads', () => {
  let told: Readonly<Record<'before' | 'meanwhile' | 'after', Memory>>;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...COLLECTING, PROGRAM], { timeout: TIMEOUT_MS });
    told = JSON.parse(stdout);
  }, 2 * TIMEOUT_MS);

  it('is read once each thread has collected its garbage', () => {
    const { before, meanwhile, after } = told;
    expect([before, meanwhile, after]).toMatchObject(Array(3).fill({ uncollected: 0, threads: 1 }));
  });

  it('counts the objects and buffers that a thread keeps', () => {
    const { before, meanwhile } = told;
    expect(meanwhile.objectsMb - before.objectsMb).toBeGreaterThan(20);
    expect(meanwhile.externalMb - before.externalMb).toBeGreaterThan(29);
    expect(meanwhile.rssMb - before.rssMb).toBeGreaterThan(50);
  });

  it('does not count what it let go of, though nobody collected it yet', () => {
    const { before, after } = told;
    expect(after.objectsMb - before.objectsMb).toBeLessThan(2);
    expect(after.externalMb - before.externalMb).toBeLessThan(2);
    expect(after.rssMb - before.rssMb).toBeLessThan(20);
    expect(after.withGarbageMb - after.rssMb).toBeGreaterThan(20);
  });
});
