import type { EventType } from '../../../domain/run.ts';
import type { Tone } from '../../ui/status-badge.tsx';

interface EventLook {
  readonly label: string;
  readonly tone: Tone;
  /** Within a square of 16. */
  readonly path: string;
}

const EYE = 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z';
const CLOCK = 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5';
const PERSON = 'M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.5 14c.4-3 2.6-4.6 5.5-4.6s5.1 1.6 5.5 4.6';

/** How each kind of line looks and is called. */
export const EVENT_LOOKS: Readonly<Record<EventType, EventLook>> = {
  accepted: { label: 'Accepted', tone: 'grey', path: 'M2 9v4h12V9M8 2v8M4.5 6.5 8 10l3.5-3.5' },
  intent: { label: 'Call', tone: 'blue', path: 'M2 8h11M9 3.5 13.5 8 9 12.5' },
  started: { label: 'Started', tone: 'blue', path: 'M4 2.5 13 8l-9 5.5z' },
  'not-started': { label: 'Not started', tone: 'amber', path: 'M4 2.5 13 8l-9 5.5zM2 2l12 12' },
  look: { label: 'Look', tone: 'grey', path: EYE },
  trouble: { label: 'Trouble', tone: 'amber', path: 'M8 2 15 14H1zM8 6.5v3.5M8 11.5v1' },
  waiting: { label: 'Waiting', tone: 'violet', path: PERSON },
  held: { label: 'Held back', tone: 'amber', path: 'M5 3v10M11 3v10' },
  slow: { label: 'Slow', tone: 'amber', path: CLOCK },
  output: { label: 'Output', tone: 'green', path: 'M4 1.5h5l3 3v10H4zM9 1.5v3h3' },
  input: { label: 'Answer', tone: 'violet', path: 'M2 3h12v8H7l-3 3v-3H2z' },
  cancel: { label: 'Cancel', tone: 'amber', path: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.5 5.5l5 5M10.5 5.5l-5 5' },
  decision: { label: 'Decision', tone: 'violet', path: 'M8 14V9M8 9 3 4V2M8 9l5-5V2' },
  published: { label: 'Published', tone: 'grey', path: 'M2 6v4l8 3.5V2.5zM10 6h2.5a2 2 0 0 1 0 4H10' },
  ended: { label: 'Ended', tone: 'grey', path: 'M3.5 14.5v-12h9l-2 3 2 3h-9' },
};

export function EventIcon({ type }: { readonly type: EventType }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={EVENT_LOOKS[type].path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
