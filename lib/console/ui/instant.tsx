import { agoWords, clockWords, exactWords } from '../model/time-words.ts';
import { useNow } from './use-now.ts';

export interface InstantProps {
  /** ISO 8601. */
  readonly at: string;
  /** `ago`: how long since or until, kept fresh; `clock`: the time of day, with the date where it is another day. @default 'clock' */
  readonly as?: 'ago' | 'clock';
}

/** A moment in the viewer's zone; the exact one, with the zone and in UTC, is told on hover. */
export function Instant({ at, as = 'clock' }: InstantProps) {
  return (
    <time dateTime={at} title={exactWords(at)}>
      {as === 'ago' ? <Ago at={at} /> : clockWords(at, Date.now())}
    </time>
  );
}

function Ago({ at }: { readonly at: string }) {
  return agoWords(at, useNow());
}
