/** Reads each document of the corpus in a process of its own and tells what it cost; started by `xml.test.ts`. */
import { subscribe } from 'node:diagnostics_channel';
import { checkXml } from '../../lib/http/xml.ts';
import { READ, REFUSED } from './xml-corpus.ts';

export interface Cost {
  readonly name: string;
  readonly problems: readonly string[];
  readonly cpuMs: number;
  readonly grownBytes: number;
}

export interface Report {
  readonly costs: readonly Cost[];
  /** Of a document as large as we take them, from which nobody wants anything. */
  readonly honest: Cost;
  /** Of one of a quarter of its size. */
  readonly quarter: Cost;
  readonly connections: number;
}

const honest = (rows: number) => `<rows>${`<row number="1">${'text '.repeat(20)}</row>`.repeat(rows)}</rows>`;

const port = process.argv[2] ?? '';
let connections = 0;
subscribe('net.client.socket', () => {
  connections += 1;
});

function costOf(name: string, text: string): Cost {
  const [rss, peak, cpu] = [process.memoryUsage.rss(), process.resourceUsage().maxRSS, process.cpuUsage()];
  const problems = checkXml(text);
  const { user, system } = process.cpuUsage(cpu);
  const grown = Math.max(process.memoryUsage.rss() - rss, (process.resourceUsage().maxRSS - peak) * 1_024);
  return { name, problems, cpuMs: (user + system) / 1_000, grownBytes: grown };
}

const documents = [...Object.entries(REFUSED), ...Object.entries(READ).map(([name, [text]]) => [name, text] as const)];
const texts = documents.map(([name, text]) => [name, text.replaceAll('PORT', port)] as const);
// The first time, the code is not yet compiled.
for (const [, text] of texts) checkXml(text.slice(0, 10_000));

/** The least of five: what else the machine does is not the document's fault. */
function leastCostOf(name: string, text: string): Cost {
  const [first, ...more] = Array.from({ length: 5 }, () => costOf(name, text));
  if (first === undefined) throw new Error('unreachable');
  return { ...first, cpuMs: Math.min(first.cpuMs, ...more.map(({ cpuMs }) => cpuMs)) };
}

const report: Report = {
  costs: texts.map(([name, text]) => leastCostOf(name, text)),
  honest: leastCostOf('an honest document', honest(16_000)),
  quarter: leastCostOf('a quarter of it', honest(4_000)),
  get connections() {
    return connections;
  },
};
// Whoever wanted to call somebody has had the time to.
setTimeout(() => process.stdout.write(JSON.stringify(report)), 50);
