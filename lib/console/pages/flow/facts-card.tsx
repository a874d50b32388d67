import { Link } from 'wouter';
import { formatDuration } from '../../../domain/duration.ts';
import type { Flow } from '../../api/types.ts';
import { cronWords, MISSED_WORDS, OVERLAP_WORDS } from '../../model/cron-words.ts';
import { isoDurationMs, noticeWords } from '../../model/duration-words.ts';
import { platformName } from '../../model/platform-names.ts';
import { Card } from '../../ui/card.tsx';
import { Instant } from '../../ui/instant.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import styles from './facts-card.module.css';

/** What is set of the flow. */
export function FactsCard({ flow }: { readonly flow: Flow }) {
  const { looks, schedule, deadline, provider, connection } = flow;
  const deadlineMs = isoDurationMs(deadline);
  return (
    <Card title="About it">
      <KeyValues
        items={[
          ['Platform', platformName(provider)],
          [
            'Connection',
            <Link key="connection" href="/connections">
              {connection}
            </Link>,
          ],
          ['Deadline', `${deadlineMs === undefined ? deadline : formatDuration(deadlineMs)} after acceptance`],
          ['Schedule', schedule === undefined ? 'None' : <Schedule key="schedule" schedule={schedule} />],
          ['Looks', looks?.noticeWithin && noticeWords(looks.noticeWithin)],
          ['Durations', looks?.historyBy && `learnt for each ${looks.historyBy} on its own`],
          ['Progress', looks?.trustProgress ? 'its percentages may bring a look forward' : undefined],
        ]}
      />
    </Card>
  );
}

function Schedule({ schedule }: { readonly schedule: NonNullable<Flow['schedule']> }) {
  const { cron, timezone, nextAt, overlap, missed } = schedule;
  return (
    <div className={styles.schedule}>
      <p>
        {capitalised(cronWords(cron))}, {timezone}
      </p>
      <p>
        {nextAt === undefined ? (
          'It never comes again.'
        ) : (
          <>
            Next <Instant at={nextAt} as="ago" />, <Instant at={nextAt} />
          </>
        )}
      </p>
      <p className={styles.soft}>While the run before still goes, a slot {OVERLAP_WORDS[overlap] ?? overlap}.</p>
      <p className={styles.soft}>Missed slots {MISSED_WORDS[missed] ?? missed}.</p>
    </div>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
