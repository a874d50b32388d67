import { HEALTH_WORDS, type Health } from '../model/connection-words.ts';
import { Badge } from './badge.tsx';

/** How a connection is, in a word; what that means is told on hover. */
export function HealthBadge({ state }: { readonly state: Health }) {
  const { tone, label, means } = HEALTH_WORDS[state];
  return (
    <Badge tone={tone} title={means}>
      {label}
    </Badge>
  );
}
