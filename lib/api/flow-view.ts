/** What callers see of a flow: what a start needs, and what is known of its runs. Absent rather than null. */
import type { Flow } from '../domain/config.ts';
import { nextSlot } from '../domain/cron.ts';
import type { Usual } from '../domain/look-plan.ts';
import { parametersJsonSchema } from '../domain/parameters.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { durationView } from './usual-durations.ts';

export function flowView({ config, clock }: Dependencies, id: string, flow: Flow, usual: Usual | undefined) {
  const { connection, description, rawBody, schedule } = flow;
  const looks = looksView(flow.looks);
  return {
    id,
    connection,
    provider: config.connections[connection]?.provider ?? 'unknown',
    ...(description === undefined ? {} : { description }),
    parametersSchema: parametersJsonSchema(flow.parameters),
    ...(rawBody ? { rawBody } : {}),
    deadline: isoDuration(flow.deadline),
    ...(schedule === undefined ? {} : { schedule: scheduleView(schedule, clock.now()) }),
    ...(Object.keys(looks).length === 0 ? {} : { looks }),
    duration: usual === undefined ? {} : durationView(usual),
  };
}

const UNITS = [
  ['D', 86_400_000],
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
] as const;

/** 8_100_000 as `PT2H15M`; what is less than a second is a fraction of one. */
function isoDuration(ms: number): string {
  let rest = ms;
  const parts = UNITS.map(([unit, size]) => {
    const count = unit === 'S' ? rest / size : Math.floor(rest / size);
    rest %= size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  const [days, ...time] = parts;
  return `P${days}${time.some((part) => part !== '') ? 'T' : ''}${time.join('')}`;
}

/** Without its parameters: some may be sensitive. */
function scheduleView({ cron, timezone, overlap, missed }: NonNullable<Flow['schedule']>, now: number) {
  const nextAt = nextSlot({ cron, timezone }, now);
  return { cron, timezone, overlap, missed, ...(nextAt === undefined ? {} : { nextAt }) };
}

/** What somebody has set, without the defaults. */
function looksView({ noticeWithin, historyBy, trustProgress }: Flow['looks']) {
  return {
    ...(noticeWithin === undefined ? {} : { noticeWithin }),
    ...(historyBy === undefined ? {} : { historyBy }),
    ...(trustProgress ? { trustProgress } : {}),
  };
}
