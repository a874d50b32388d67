import { isTerminal } from '../../../domain/status.ts';
import { useFlow } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import { runSentence } from '../../model/run-sentence.ts';
import { elapsedMs, usualOf } from '../../model/run-time.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { STATUS_LOOKS } from '../../ui/status-badge.tsx';
import { useNow } from '../../ui/use-now.ts';
import { ExpectedBar } from './expected-bar.tsx';
import styles from './run-headline.module.css';

/** The one sentence that an operator came for, and how far it is. */
export function RunHeadline({ run }: { readonly run: Run }) {
  const now = useNow();
  const { is, next } = runSentence(run, now);
  const { tone } = STATUS_LOOKS[run.status];
  return (
    <section aria-label="What is happening" className={`${styles.headline} ${styles[tone] ?? ''}`}>
      <div className={styles.words}>
        <p className={styles.is}>{is}</p>
        {next !== undefined && <p className={styles.next}>{next}</p>}
      </div>
      <HowFar run={run} now={now} />
    </section>
  );
}

function HowFar({ run, now }: { readonly run: Run; readonly now: number }) {
  const { data: flow } = useFlow(run.flowId);
  const ms = elapsedMs(run, now);
  const usual = usualOf(run.duration, flow?.duration);
  const { percentage, message } = run.progress ?? {};
  const hasEnded = isTerminal(run.status);
  if (percentage !== undefined && !hasEnded)
    return (
      <div className={styles.far}>
        <div className={styles.label}>
          <span>{message ?? 'Progress'}</span>
          <strong>{Math.round(percentage)} %</strong>
        </div>
        <ProgressBar percentage={percentage} label={message ?? 'Progress of the run'} />
      </div>
    );
  if (ms === undefined || usual === undefined) return null;
  return <ExpectedBar ms={ms} usual={usual} expectedEndAt={hasEnded ? undefined : run.expectedEndAt} now={now} />;
}
