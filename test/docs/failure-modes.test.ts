import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const ROW = /^\| (T\d+) \|.*\| `([^`]+)` (.+?) \|$/gm;

const page = readFileSync(join(ROOT, 'docs/failure-modes.md'), 'utf8');
const rows = [...page.matchAll(ROW)].map(([, id = '', file = '', title = '']) => ({ id, file, title }));

describe('the page of failure modes', () => {
  it('has a row for each failure of requests, records, looks, time and people', () => {
    const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const wanted = [...from(1, 31), ...from(46, 61), 63, 64, 65, 42, 62, ...from(80, 85), 93, 94, 95];
    expect(rows.map(({ id }) => id)).toEqual(wanted.map((number) => `T${number}`));
    expect(page.match(/^\| T\d/gm)).toHaveLength(rows.length);
  });

  it.each(rows)('names a test that is there: $id', ({ file, title }) => {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
  });
});
