/** What a terminal can do. */
import { stripVTControlCharacters } from 'node:util';

/** Whether lines that stand there can be drawn over. Without a terminal, and on one that only prints, they cannot. */
export function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** The first lines: what is higher than the terminal cannot be drawn over, and a line that is too long takes several. */
export function fitting(text: string, { rows, columns }: Pick<NodeJS.WriteStream, 'rows' | 'columns'>): string {
  let free = rows - 1;
  const lines = text.split('\n').filter((line, index) => {
    free -= Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
    return free >= 0 || index === 0;
  });
  return lines.join('\n');
}
