/** What a round of mutation testing has proven. Pure. */
import type { Part } from './parts.ts';

/** Percent of the changes that some test must notice, in each part. */
export const THRESHOLD = 85;

/** One change of the code, and what came of it. */
export interface Mutant {
  readonly fileName: string;
  readonly status: string;
}

export interface Score {
  readonly name: string;
  readonly mutants: number;
  readonly noticed: number;
  readonly missed: number;
  /** Left alone on purpose. */
  readonly ignored: number;
  /** In percent, to one digit, never rounded up. */
  readonly score: number;
}

export interface PartScore extends Score {
  readonly files: readonly Score[];
}

/** A test failed, or never ended. */
const NOTICED: ReadonlySet<string> = new Set(['Killed', 'Timeout']);
const MISSED: ReadonlySet<string> = new Set(['Survived', 'NoCoverage']);

export function scoreOf(name: string, mutants: readonly Mutant[]): Score {
  const count = (statuses: ReadonlySet<string>) => mutants.filter(({ status }) => statuses.has(status)).length;
  const [noticed, missed] = [count(NOTICED), count(MISSED)];
  const ignored = count(new Set(['Ignored']));
  return { name, mutants: mutants.length, noticed, missed, ignored, score: percent(noticed, noticed + missed) };
}

/** A file in which nothing was changed proves nothing: its name is wrong. */
export function partScore(part: Part, mutants: readonly Mutant[]): PartScore {
  const files = part.files.map((file) =>
    scoreOf(
      file,
      mutants.filter(({ fileName }) => fileName === file),
    ),
  );
  return { ...scoreOf(part.name, mutants), files };
}

export function isProven({ score, files }: PartScore): boolean {
  return score >= THRESHOLD && files.every(({ noticed, missed }) => noticed + missed > 0);
}

/** A line for each part and each of its files. */
export function tableOf(parts: readonly PartScore[]): string {
  const rows = parts.flatMap((part) => [
    rowOf(part),
    ...part.files.map((file) => rowOf({ ...file, name: `  ${file.name}` })),
  ]);
  const head = ['', 'mutants', 'noticed', 'missed', 'left alone', 'score'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) => lineOf(row, widths)).join('\n');
}

/** The last line of the program. */
export function summaryOf(parts: readonly PartScore[]): string {
  const files = parts.flatMap((part) => part.files);
  const [noticed, missed] = [sum(files.map((file) => file.noticed)), sum(files.map((file) => file.missed))];
  return JSON.stringify({
    files: Object.fromEntries(files.map(({ name, score }) => [name, score])),
    parts: Object.fromEntries(parts.map(({ name, score }) => [name, score])),
    score: percent(noticed, noticed + missed),
    threshold: THRESHOLD,
  });
}

function rowOf({ name, mutants, noticed, missed, ignored, score }: Score): readonly string[] {
  return [name, ...[mutants, noticed, missed, ignored].map(String), `${score.toFixed(1)} %`];
}

const lineOf = (row: readonly string[], widths: readonly number[]) =>
  row
    .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
    .join('  ');

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const percent = (share: number, whole: number) => (whole === 0 ? 0 : Math.floor((1_000 * share) / whole) / 10);
