import { isTerminal } from '../../../domain/status.ts';
import type { Flow, Run } from '../../api/types.ts';
import { nextStep } from '../../model/next-step.ts';
import { elapsedMs, usualOf } from '../../model/run-time.ts';
import { useNow } from '../../ui/use-now.ts';
import { UsualBar } from '../../ui/usual-bar.tsx';
import styles from './runs-table.module.css';

interface DurationCellProps {
  readonly run: Run;
  readonly usualOfFlow: Flow['duration'] | undefined;
}

/** What has ended stands still; the clock moves only the others. */
export function DurationCell(props: DurationCellProps) {
  return isTerminal(props.run.status) ? <Duration {...props} now={0} /> : <GrowingDuration {...props} />;
}

function GrowingDuration(props: DurationCellProps) {
  return <Duration {...props} now={useNow()} />;
}

function Duration({ run, usualOfFlow, now }: DurationCellProps & { readonly now: number }) {
  const ms = elapsedMs(run, now);
  if (ms === undefined) return <span className={styles.nothing}>–</span>;
  return <UsualBar ms={ms} usual={usualOf(run.duration, usualOfFlow)} />;
}

export function NextCell({ run }: { readonly run: Run }) {
  return isTerminal(run.status) ? <Next run={run} now={0} /> : <CountingNext run={run} />;
}

function CountingNext({ run }: { readonly run: Run }) {
  return <Next run={run} now={useNow()} />;
}

function Next({ run, now }: { readonly run: Run; readonly now: number }) {
  const { words, told, tone } = nextStep(run, now);
  return (
    <span className={tone === 'held' ? styles.held : undefined} title={told}>
      {words}
    </span>
  );
}
