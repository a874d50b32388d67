import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Report } from './xml-child.ts';

const CHILD = fileURLToPath(new URL('./xml-child.ts', import.meta.url));

/** What the documents of the corpus cost; those with an address in them point to this port of the machine. */
export async function measureXml(port: number): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, String(port)], { maxBuffer: 1_048_576 });
  return JSON.parse(stdout);
}
