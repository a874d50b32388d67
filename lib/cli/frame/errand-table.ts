/** Lists for people: columns under headings. */
import { localTime } from './local-times.ts';

export type Column<Item> = readonly [
  heading: string,
  cell: (item: Item) => string,
  /** Of the cell, when its width is settled. */
  paint?: (text: string, item: Item) => string,
];

/** One line per item; whatever came from elsewhere is made harmless. */
export function textTable<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  const headings = columns.map(([heading]) => heading);
  const rows = items.map((item) => columns.map(([, cell]) => harmless(cell(item))));
  const widths = columns.map((_, column) => Math.max(...[headings, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], item?: Item) =>
    row
      .map((text, column) => {
        const paint = columns[column]?.[2];
        const painted = item === undefined || paint === undefined ? text : paint(text, item);
        return painted + ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length));
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...rows.map((row, index) => line(row, items[index]))].join('\n');
}

/** By the clock of the reader, to the minute. */
export function minuteOf(at: string): string {
  return localTime(at).slice(0, 16);
}

/** Whoever names something must not write to the terminal of whoever reads of it. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** The same for text of several lines. */
export function harmlessLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(harmless).join('\t'))
    .join('\n');
}
