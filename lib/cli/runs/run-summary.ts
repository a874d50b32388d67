/** How a run ended, what it brought, and where to look further. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import { GOOD_STATUSES } from '../../domain/status.ts';
import { harmless } from '../frame/errand-table.ts';
import type { Paint } from '../frame/status-paint.ts';
import { adviceOn } from './advice.ts';
import { remoteWord, tookMs } from './run-words.ts';
import type { ShownFile, ShownOutput, ShownRun } from './shown-run.ts';

export const isGoodEnd = ({ status }: Pick<ShownRun, 'status'>): boolean =>
  (GOOD_STATUSES as readonly string[]).includes(status);

interface Ended {
  readonly run: ShownRun;
  readonly output?: ShownOutput | undefined;
  /** What was in the way at last. */
  readonly trouble?: string | undefined;
}

export function summaryLines({ run, output, trouble }: Ended, now: number, paint: Paint): readonly string[] {
  const { id, error, fallout, waitingFor } = run;
  const advice = isGoodEnd(run) ? undefined : adviceOn(run, trouble);
  const head = [
    paint.status(run.status),
    fallout?.reason ?? '',
    remoteWord(run),
    `after ${formatDuration(tookMs(run, now))}`,
  ];
  const usual =
    run.duration === undefined ? '' : `(half of such runs end within ${formatDuration(run.duration.p50Ms)})`;
  return [
    [...head, usual].filter((part) => part !== '').join('  '),
    ...(error === undefined ? [] : [harmless(error.message)]),
    ...(advice === undefined ? [] : [`What to do: ${advice}`]),
    ...(waitingFor?.url === undefined ? [] : [`It waits at ${harmless(waitingFor.url)}`]),
    ...(output === undefined ? [] : outputLines(id, output)),
    `Look again: errand show ${id}`,
  ];
}

function outputLines(id: string, { value, files, missing }: ShownOutput): readonly string[] {
  const get = value === undefined && files.length > 0 ? `errand output ${id} -o .` : `errand output ${id}`;
  return [
    ...(value === undefined ? [] : [`Output: ${preview(JSON.stringify(value))}`]),
    ...(files.length === 0 ? [] : [`Files: ${files.map(fileWords).join(', ')}`]),
    ...(missing === undefined ? [] : [`Nothing came back: ${harmless(missing)}`]),
    ...(value === undefined && files.length === 0 ? [] : [`Get it: ${get}`]),
  ];
}

export function fileWords({ name, bytes }: ShownFile): string {
  return `${harmless(name)} (${bytesWords(bytes)})`;
}

const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** 1_250 as `1.3 kB`. */
export function bytesWords(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1_000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}

const PREVIEW = 160;

function preview(text: string): string {
  const safe = harmless(text);
  return safe.length <= PREVIEW ? safe : `${safe.slice(0, PREVIEW - 1)}…`;
}
