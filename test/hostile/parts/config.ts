/** Configurations: any JSON is one, or is refused with every mistake by its place. */
import sample from '../../../errand.config.ts';
import { nextSlot } from '../../../lib/domain/cron.ts';
import { InvalidInputError } from '../../../lib/domain/errors.ts';
import { createHttpClient } from '../../../lib/http/create-http-client.ts';
import { checkConfig } from '../../../lib/providers/config.ts';
import { json, otherValues } from './material.ts';
import { type Part, promise } from './part.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const { connections, flows } = JSON.parse(JSON.stringify(sample)) as typeof sample;
/** One flow and its connection each: all at once would only take longer. */
const good = Object.entries(flows).map(([id, flow]) => {
  const connection = connections[flow.connection];
  return JSON.stringify({ connections: { [flow.connection]: connection }, flows: { [id]: flow } });
});

export const configPart: Part = {
  name: 'config',
  share: 0.2,
  make(random) {
    const chosen = good[Math.floor(random() * good.length)] ?? '{}';
    return random() < 0.9 ? otherValues(random, chosen) : json(random);
  },
  check(input) {
    const value = parsed(input);
    if (value === undefined) return;
    try {
      const config = checkConfig(value);
      for (const { baseUrl } of Object.values(config.connections)) createHttpClient({ baseUrl });
      for (const { schedule } of Object.values(config.flows)) if (schedule !== undefined) nextSlot(schedule, NOW);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      promise(error.issues.length > 0, 'a refusal names a mistake');
      promise(
        error.issues.every(({ path, message }) => path !== '' && message !== ''),
        'a mistake has a place and a reason',
      );
    }
    promise(({} as { polluted?: unknown }).polluted === undefined, 'no prototype is polluted');
  },
};

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}
