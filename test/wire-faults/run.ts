/**
 * Wire faults on real sockets: 24 faults × 5 providers × {start, poll, fetch}, each three times. The last line is JSON.
 *
 *   npm run -s wire-faults [-- --repeats 3 --only down --only bryter]
 */
import { parseArgs } from 'node:util';
import type { CellResult } from './cell.ts';
import { failureText, listing } from './report.ts';
import { cellsOf, runCells } from './run-cells.ts';

const HELP = `Usage: npm run wire-faults -- [options]

  --repeats N   how often each cell runs (default 3); toxics strike at another place each time
  --only TEXT   cells whose fault, provider or operation contains it; may be given several times, and all must
  --list        the faults, what they do on the wire and what must come of each cell
  --help        this text

Ctrl-C ends it with what is known so far.`;

const REPORT_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 200;

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1) throw new Error('--repeats takes a whole number from 1');
  return { ...values, repeats };
}

/** One line that is drawn again on a terminal; elsewhere a line now and then. */
function progressOn(stream: NodeJS.WriteStream, total: number) {
  let drawnAt = performance.now();
  return (done: number, failed: number) => {
    const now = performance.now();
    const isDue = now - drawnAt >= (stream.isTTY ? REDRAW_EVERY_MS : REPORT_EVERY_MS);
    if (!isDue && !(stream.isTTY && done === total)) return;
    drawnAt = now;
    const text = `wire faults: ${done} of ${total} cells, ${failed} failed`;
    stream.write(stream.isTTY ? `\r\u001b[K${text}${done === total ? '\n' : ''}` : `${text}\n`);
  };
}

async function main(): Promise<number> {
  const { help, list, repeats, only } = optionsOf(process.argv.slice(2));
  if (help || list) {
    console.log(help ? HELP : listing());
    return 0;
  }
  const cells = cellsOf(repeats, only);
  if (cells.length === 0) throw new Error(`--only ${only.join(' --only ')}: no cell is called so; see --list`);
  const show = progressOn(process.stderr, cells.length);
  const results: CellResult[] = [];
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
  });
  const onDone = (result: CellResult) => {
    results.push(result);
    show(results.length, failuresIn(results).length);
  };
  await runCells(cells, { onDone, isStopped: () => isStopped });
  const failures = failuresIn(results);
  for (const failure of failures) console.log(failureText(failure));
  if (isStopped) console.log(`stopped after ${results.length} of ${cells.length} cells`);
  console.log(JSON.stringify({ cells: results.length, failed: failures.length }));
  return failures.length === 0 ? 0 : 1;
}

function failuresIn(results: readonly CellResult[]): readonly CellResult[] {
  return results.filter(({ problems }) => problems.length > 0);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
