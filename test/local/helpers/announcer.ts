import { announce, parseStreamRecords } from '../../../lib/aws/announce.ts';
import type { Json } from '../../../lib/domain/json.ts';
import type { InvokeResult } from '../../../lib/local/functions.ts';

export const EVENT_KEY = Buffer.from('k'.repeat(64));

/** The function `announce` without its thread: JSON in, JSON out. */
export async function callAnnounce(records: Json): Promise<InvokeResult> {
  const log = { info: () => {}, warn: () => {}, error: () => {}, count: () => {} };
  const dependencies = { log, clock: { now: () => Date.now() }, eventKey: async () => EVENT_KEY };
  const value = await announce(dependencies, parseStreamRecords(JSON.parse(JSON.stringify(records))));
  return { ok: true, value: JSON.parse(JSON.stringify(value)) };
}
