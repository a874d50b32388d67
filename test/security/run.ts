/**
 * Prints the table of threats with the tests that hold each row, and fails when a row has none that is there and run.
 *
 *   npm run -s security-table [-- --table security|invariants|promises|all] [--json | --markdown]
 */
import { parseArgs } from 'node:util';
import { textOf } from '../helpers/proof-report.ts';
import { faultsOf } from '../helpers/proof-table.ts';
import { pageTable, TABLES, type TableName } from './tables.ts';

const HELP = `security-table: which tests hold each row of the table of threats.

  --table NAME   security (the default), invariants, promises or all
  --json         one JSON object with all rows, and nothing else
  --markdown     the table as a page includes it, and nothing else
  --help         this

Exits with 1 when a row is missing or names no test that is there and run, with 2 when it is asked for what it has not.`;

const NAMES = Object.keys(TABLES) as readonly TableName[];

function refuse(message: string): never {
  console.error(`security-table: ${message.split('\n')[0]} See --help.`);
  process.exit(2);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        table: { type: 'string', default: 'security' },
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const names = values.table === 'all' ? NAMES : NAMES.filter((name) => name === values.table);
    if (names.length === 0) refuse(`There is no table "${values.table}".`);
    if (values.json && values.markdown) refuse('Either --json or --markdown.');
    return { ...values, names };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { names, json, markdown, help } = readOptions();
if (help) {
  console.log(HELP);
  process.exit(0);
}

const faults = names.flatMap((name) => faultsOf(TABLES[name].rows, TABLES[name].ids));
const rows = names.flatMap((name) => TABLES[name].rows);
const tests = rows.flatMap((row) => Object.values(row.tests).flat()).length;

if (markdown) console.log(names.map(pageTable).join('\n\n'));
else if (json) console.log(JSON.stringify({ rows, faults }));
else console.log(`${textOf(rows)}\n\n${JSON.stringify({ rows: rows.length, tests, faults })}`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
