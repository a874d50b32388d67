/** A run that a person has to decide on: why, what is known, what can be done. Pure. */

import { harmless } from '../frame/errand-table.ts';
import { localTime } from '../frame/local-times.ts';
import type { Paint } from '../frame/status-paint.ts';
import { adviceOn } from './advice.ts';
import type { ShownRun } from './shown-run.ts';

const MAX_VALUE = 120;

export function falloutLines(run: ShownRun, now: number, paint: Paint): readonly string[] {
  const { id, flowId, connection, fallout, error, remoteId, endedAt, orphans = [], lateVerdict } = run;
  const since = endedAt === undefined ? now : endedAt;
  const evidence = Object.entries(fallout?.evidence ?? {}).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text}`;
  });
  const fields: readonly (readonly [name: string, words: string | undefined])[] = [
    ['why', error?.message],
    ['evidence', evidence.length === 0 ? undefined : evidence.join('  ')],
    ['remote id', remoteId],
    ['also started', orphans.length === 0 ? undefined : orphans.join(', ')],
    ['said later', lateVerdict?.status],
    ['what to do', adviceOn(run)],
  ];
  return [
    `${paint.strong(id)}  ${paint.status('FALLOUT', fallout?.reason ?? 'FALLOUT')}  ${flowId} on ${connection}  ${localTime(since)}`,
    ...fields.flatMap(([name, words]) =>
      words === undefined ? [] : [`  ${paint.weak(name.padEnd(12))} ${harmless(words)}`],
    ),
  ];
}
