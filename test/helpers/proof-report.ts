/** A table of proofs as people read it: in a terminal, and on a page. */
import type { ProofRow, Proofs } from './proof-table.ts';

/** A row in words. */
export interface Told extends ProofRow {
  /** What could go wrong, or what is promised. */
  readonly what: string;
  /** What is done about it; absent where the promise says it all. */
  readonly how?: string;
  /** What else there is to say. */
  readonly remarks?: readonly string[];
}

/** With every test by its title. */
export function textOf(rows: readonly Told[]): string {
  return rows.map(sectionOf).join('\n\n');
}

function sectionOf({ id, what, how, remarks = [], tests }: Told): string {
  const lines = [...(how === undefined ? [] : [how]), ...remarks].map((line) => `    ${line}`);
  const proofs = Object.entries(tests).flatMap(([file, titles]) => [
    `    ${file}`,
    ...titles.map((title) => `      · ${title}`),
  ]);
  return [`${id.padEnd(4)}${what}`, ...lines, ...proofs].join('\n');
}

/** A table of Markdown, with the files of the tests. @param heads of its columns after the first */
export function markdownOf(rows: readonly Told[], heads: readonly string[]): string {
  const body = rows.map(({ id, what, how, remarks = [], tests }) =>
    rowOf([id, what, ...(how === undefined ? [] : [[how, ...remarks].join(' ')]), filesOf(tests)]),
  );
  return [rowOf(['', ...heads]), rowOf(['', ...heads].map(() => '---')), ...body].join('\n');
}

const rowOf = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace('|  |', '| |');

const filesOf = (tests: Proofs) =>
  Object.keys(tests)
    .map((file) => `\`${file}\``)
    .join(', ');
