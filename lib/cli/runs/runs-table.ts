/** A list of runs for people, times by their own clock. */
import { formatDuration } from '../../domain/duration.ts';
import { type Column, textTable } from '../frame/errand-table.ts';
import { shortTime } from '../frame/local-times.ts';
import type { Paint } from '../frame/status-paint.ts';
import { hasEnded, tookMs } from './run-words.ts';
import type { ShownRun } from './shown-run.ts';

export function runsTable(runs: readonly ShownRun[], now: number, paint: Paint): string {
  const columns: readonly Column<ShownRun>[] = [
    ['RUN', ({ id }) => id],
    ['FLOW', ({ flowId }) => flowId],
    ['STATUS', statusOf, (text, { status }) => paint.status(status, text)],
    ['STARTED', ({ createdAt }) => shortTime(createdAt, now)],
    ['TOOK', (run) => tookOf(run, now)],
    ['NEXT LOOK', ({ nextLookAt, ...run }) => (hasEnded(run) || !nextLookAt ? '' : shortTime(nextLookAt, now))],
    ['KEY', ({ businessKey }) => businessKey ?? ''],
  ];
  return textTable(columns, runs);
}

function statusOf({ status, fallout, progress }: ShownRun): string {
  if (fallout !== undefined) return `${status} ${fallout.reason}`;
  return progress?.percentage === undefined || status !== 'RUNNING'
    ? status
    : `${status} ${Math.round(progress.percentage)} %`;
}

function tookOf(run: ShownRun, now: number): string {
  const took = formatDuration(tookMs(run, now));
  return run.duration === undefined ? took : `${took} (usually ${formatDuration(run.duration.p50Ms)})`;
}
