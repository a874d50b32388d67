import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSqsBatch, takeBatch } from '../../lib/aws/sqs-batch.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { Message } from '../../lib/workflow/take-message.ts';

const logged: string[] = [];
const record = (message: string, fields: object) => void logged.push(`${message} ${JSON.stringify(fields)}`);
const log = { info: record, warn: record, error: record, count: () => {} };

function createClock() {
  let now = 0;
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      now += ms;
    },
  };
  return clock;
}

const messagesOf = (count: number): readonly Message[] =>
  Array.from({ length: count }, (_, index) => ({ messageId: `m${index}`, body: `body-${index}` }));
const idsOf = ({ batchItemFailures }: Awaited<ReturnType<typeof takeBatch>>) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
const never = new AbortController().signal;

/** How a message may end; not all that is thrown is an error. */
const OUTCOMES = {
  taken: () => undefined,
  unavailable: () => {
    throw new StoreUnavailableError('throttled');
  },
  broken: () => {
    throw new TypeError('secret text of a value');
  },
  odd: () => {
    throw 'a text';
  },
} as const;
const outcomes = fc.array(fc.constantFrom(...(Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[])), { maxLength: 25 });

describe('a batch', () => {
  it('answers with exactly those that failed, each once and all of them from the batch', async () => {
    const property = fc.asyncProperty(outcomes, fc.boolean(), async (wanted, isDoubled) => {
      const messages = messagesOf(wanted.length);
      const begun: string[] = [];
      const take = async ({ messageId }: Message) => {
        begun.push(messageId);
        await Promise.resolve();
        OUTCOMES[wanted[Number(messageId.slice(1))] ?? 'taken']();
      };
      const batch = isDoubled ? [...messages, ...messages] : messages;
      const ids = idsOf(await takeBatch({ clock: createClock(), log }, batch, { signal: never, take }));
      const failed = messages.filter((_, index) => wanted[index] !== 'taken').map(({ messageId }) => messageId);
      expect(ids).toEqual(failed);
      expect([...begun].sort()).toEqual(messages.map(({ messageId }) => messageId).sort());
    });
    await fc.assert(property, { numRuns: 300 });
    expect(logged.join()).not.toContain('secret text');
  });

  it('gives back what it has not begun when the time runs out, and begins nothing twice', async () => {
    const clock = createClock();
    const begun: string[] = [];
    const take = async ({ messageId }: Message) => {
      begun.push(messageId);
      await clock.sleep(4_500);
    };
    const ids = idsOf(await takeBatch({ clock, log }, messagesOf(25), { signal: never, take }));
    expect(begun.length).toBeGreaterThan(0);
    expect(begun.length).toBeLessThan(25);
    expect(new Set(begun).size).toBe(begun.length);
    expect([...begun, ...ids].sort()).toEqual(
      messagesOf(25)
        .map(({ messageId }) => messageId)
        .sort(),
    );
  });

  it('begins nothing once the time is up', async () => {
    const begun: string[] = [];
    const take = async ({ messageId }: Message) => void begun.push(messageId);
    const signal = AbortSignal.abort();
    const ids = idsOf(await takeBatch({ clock: createClock(), log }, messagesOf(10), { signal, take }));
    expect(ids).toHaveLength(10);
    expect(begun).toEqual([]);
  });

  it('answers for the others although one never ends', async () => {
    const controller = new AbortController();
    const take = async ({ messageId }: Message) => {
      if (messageId === 'm9') controller.abort();
      if (messageId === 'm3') await new Promise(() => {});
    };
    const options = { signal: controller.signal, take };
    expect(idsOf(await takeBatch({ clock: createClock(), log }, messagesOf(10), options))).toEqual(['m3']);
  });
});

describe('the event of a batch', () => {
  it('is read for ids and bodies alone', () => {
    const Records = [{ messageId: 'm1', body: '{}', receiptHandle: 'r', attributes: {} }];
    expect(parseSqsBatch({ Records })).toEqual([{ messageId: 'm1', body: '{}' }]);
  });

  it.each([
    undefined,
    [],
    {},
    { Records: {} },
    { Records: [null] },
    { Records: [{ body: '{}' }] },
    { Records: [{ messageId: '', body: '{}' }] },
    { Records: [{ messageId: 'm1', body: 7 }] },
  ])('of another shape (%j) is refused before anything is taken', (event) => {
    expect(() => parseSqsBatch(event)).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });
});
