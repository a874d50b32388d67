import type { BusEvent } from '../../../lib/local/event-log.ts';

/** An event as the log keeps it. */
export function busEvent(id: string, flowId = 'plan', type = 'Run Ended'): BusEvent {
  return {
    version: '0',
    id,
    'detail-type': type,
    source: 'errand',
    account: '000000000000',
    time: '2026-03-02T08:00:00.000Z',
    region: 'us-east-1',
    resources: [],
    detail: { eventId: id, flowId },
  };
}
