/**
 * What each hostile document of XML costs to read or to refuse, the least of five: 100 ms of CPU is meant to do.
 * The last line is JSON; 1 where one costs more.
 *
 *   npm run -s bench:xml
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Report } from '../test/hostile/xml-child.ts';

const MEANT_MS = 100;

const child = fileURLToPath(new URL('../test/hostile/xml-child.ts', import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [child, '1'], { maxBuffer: 1_048_576 });
const { costs, honest }: Report = JSON.parse(stdout);
const slowestFirst = costs.toSorted((a, b) => b.cpuMs - a.cpuMs);
for (const { name, cpuMs } of [honest, ...slowestFirst]) {
  process.stdout.write(`${cpuMs.toFixed(1).padStart(8)} ms  ${name}\n`);
}
const slowestMs = slowestFirst[0]?.cpuMs ?? 0;
process.stdout.write(`${JSON.stringify({ documents: costs.length, slowestMs, honestMs: honest.cpuMs })}\n`);
if (slowestMs > MEANT_MS) process.exitCode = 1;
