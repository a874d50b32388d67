/** Reads each document of the corpus in a process of its own and tells what it cost; started by `measure-xml.ts`. */
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

const ROUNDS = 5;

/** What each costs at its cheapest: what else the machine does is nobody's fault, and in turns it meets all of them alike. */
function leastCosts(named: readonly (readonly [string, string])[]): Cost[] {
  const rounds = Array.from({ length: ROUNDS }, () => named.map(([name, text]) => costOf(name, text)));
  const [first = []] = rounds;
  // A process that has once grown does not grow again: the first time tells.
  return first.map((cost, at) => ({
    ...cost,
    cpuMs: Math.min(...rounds.map((costs) => costs[at]?.cpuMs ?? cost.cpuMs)),
  }));
}

const [ofHonest, ofQuarter, ...costs] = leastCosts([
  ['an honest document', honest(16_000)],
  ['a quarter of it', honest(4_000)],
  ...texts,
]);
if (ofHonest === undefined || ofQuarter === undefined) throw new Error('unreachable');

const report: Report = {
  costs,
  honest: ofHonest,
  quarter: ofQuarter,
  get connections() {
    return connections;
  },
};
// Whoever wanted to call somebody has had the time to.
setTimeout(() => process.stdout.write(JSON.stringify(report)), 50);
