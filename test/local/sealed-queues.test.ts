import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../lib/local/clock.ts';
import { type Database, openDatabase } from '../../lib/local/data-dir.ts';
import { openQueues } from '../../lib/local/queues.ts';
import { createTextSeal } from '../../lib/local/sealed-text.ts';
import { DEFINITIONS } from './helpers/local-queues.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const BODY = '{"parameters":{"email":"canary@example.com"}}';
const seal = createTextSeal('a root key', 'queues');

async function receivedFrom(database: Database, options: { readonly seal?: typeof seal }): Promise<readonly string[]> {
  const queues = await openQueues({ database, definitions: DEFINITIONS, clock: systemClock, ...options });
  const messages = await queues.receive('requests');
  await queues.close();
  return messages.map(({ body }) => body);
}

async function sendTo(database: Database, options: { readonly seal?: typeof seal }): Promise<void> {
  const queues = await openQueues({ database, definitions: DEFINITIONS, clock: systemClock, ...options });
  await queues.send('requests', [{ body: BODY }]);
  await queues.close();
}

async function database(): Promise<Database> {
  const opened = await openDatabase(temporaryDirectory(), 'queues');
  onTestFinished(() => opened.close());
  return opened;
}

it('keeps what messages say sealed, because they carry sensitive parameters that nobody has looked at yet', async () => {
  const kept = await database();
  await sendTo(kept, { seal });
  const entries = await kept.iterator().all();
  expect(JSON.stringify(entries)).not.toContain('canary');
  expect(await receivedFrom(kept, { seal })).toEqual([BODY]);
});

it('still gives out what an earlier version has kept as it was', async () => {
  const kept = await database();
  await sendTo(kept, {});
  expect(await receivedFrom(kept, { seal })).toEqual([BODY]);
});

it('opens nothing under another key or for another purpose, and nothing that was altered', () => {
  const sealed = seal.seal(BODY);
  expect(seal.open(sealed)).toBe(BODY);
  expect(seal.seal(BODY)).not.toBe(sealed);
  const altered = `${sealed.slice(0, -2)}${sealed.endsWith('A') ? 'BB' : 'AA'}`;
  expect(() => createTextSeal('another', 'queues').open(sealed)).toThrow();
  expect(() => createTextSeal('a root key', 'tables').open(sealed)).toThrow();
  expect(() => seal.open(altered)).toThrow();
});
