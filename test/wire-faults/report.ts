/** What the program prints. */
import { type CellResult, nameOf } from './cell.ts';
import { EXCEPTIONS, expectationOf, type Outcome } from './expectations.ts';
import { FAULTS, type FaultName } from './faults.ts';
import { OPERATIONS, type Operation, PLATFORMS } from './platforms.ts';

/** Faults × operations with what must come of each, exceptions by provider with their reasons below. */
export function listing(): string {
  const rows = FAULTS.map(({ name, does }) => [name, does, ...OPERATIONS.map((operation) => usual(name, operation))]);
  const noCall = PLATFORMS.flatMap(({ provider, requests }) =>
    OPERATIONS.filter((operation) => requests[operation] === undefined).map(
      (operation) => `${provider} × ${operation}`,
    ),
  );
  const exceptions = EXCEPTIONS.map(
    ({ faults, provider = 'every provider', operation, expected, because }) =>
      `  ${faults.join(', ')} × ${provider} × ${operation}: ${expected.outcome}, because ${because}`,
  );
  return [
    ...aligned([['fault', 'on the wire', ...OPERATIONS], ...rows]),
    '',
    'Exceptions:',
    ...exceptions,
    `  ${noCall.join(', ')}: no call with any fault, because the platform has none`,
  ].join('\n');
}

/** What most providers that have the call must show. */
function usual(fault: FaultName, operation: Operation): Outcome {
  const counts = new Map<Outcome, number>();
  for (const platform of PLATFORMS) {
    const { outcome } = expectationOf(fault, platform, operation);
    if (outcome !== 'no call') counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? 'no call';
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** One failed cell: what was expected, what came, and how to see it again. */
export function failureText({ cell, outcome, problems: [first, ...others], tookMs }: CellResult): string {
  const { fault, platform, operation, turn } = cell;
  const only = [fault.name, platform.provider, operation].map((text) => `--only ${text}`).join(' ');
  return [
    `${nameOf(cell)}: ${first}; "${outcome}" after ${tookMs} ms`,
    ...others.map((problem) => `  ${problem}`),
    `  again: npm run wire-faults -- ${only} --repeats ${turn + 1}`,
  ].join('\n');
}
