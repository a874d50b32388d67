/** Where the transitions and the dollars of a run go, as a table to read. */
import type { Figures } from './measured.ts';
import type { Line } from './tally.ts';

const column = (text: string | number, width: number) => String(text).padStart(width);

function row({ what, count, amount, dollars }: Line, runs: number): string {
  const per = [(count / runs).toFixed(2), (amount / runs).toFixed(amount > 10 * runs ? 0 : 2)];
  const cells = [per[0], amount === 0 ? '' : per[1], ((dollars / runs) * 1_000).toFixed(4)];
  return `  ${what.padEnd(44)}${cells.map((cell) => column(cell ?? '', 12)).join('')}`;
}

function summary(title: string, figures: Figures): string {
  const { runs, lost, transitions, usdPer1000, lagSeconds, lagP95Seconds, looks, lambdaGbSeconds } = figures;
  return `${title}: ${transitions} transitions, $${usdPer1000} per 1,000, lag ${lagSeconds} s (p95 ${lagP95Seconds} s), ${looks} looks, ${lambdaGbSeconds} GB-s; ${runs} runs${lost > 0 ? `, ${lost} of them lost at the limit of a history` : ''}`;
}

export function breakdown(title: string, figures: Figures & { cold?: Figures }, lines: readonly Line[]): string {
  const head = `  ${'per run'.padEnd(44)}${['times', 'ms or units', '$ per 1,000'].map((text) => column(text, 12)).join('')}`;
  const cold = figures.cold && figures.cold.runs > 0 ? [summary('  cold', figures.cold)] : [];
  return ['', summary(title, figures), ...cold, head, ...lines.map((line) => row(line, figures.runs))].join('\n');
}
