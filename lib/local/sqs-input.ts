/** Reads requests of SQS's protocol: what is missing or wrong has SQS's own names. */
import { z } from 'zod';
import type { Json } from '../domain/json.ts';
import { AwsError } from './aws-json.ts';
import { queryErrorOf, queueError } from './queue-errors.ts';

const MAX_BATCH = 10;

/** @throws AwsError naming the first parameter that is missing or wrong. */
export function readInput<T>(schema: z.ZodType<T>, input: Json | undefined): T {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.path.join('.') || 'request';
  if (issue?.input === undefined) throw queueError('Missing', `The request must contain the parameter ${name}.`);
  throw queueError('InvalidValue', `Value for parameter ${name} is invalid.`);
}

const entriesSchema = z.object({ Entries: z.array(z.looseObject({ Id: z.string() })) });
export type Entry = { readonly Id: string } & Readonly<Record<string, Json>>;

/** @throws AwsError unless it is one to ten entries, each with an id of its own. */
export function readEntries(input: Json): readonly Entry[] {
  const entries = readInput(entriesSchema, input).Entries as readonly Entry[];
  if (entries.length === 0) throw queueError('EmptyBatch', 'There should be at least one entry in the request.');
  if (entries.length > MAX_BATCH) {
    const message = `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`;
    throw queueError('TooManyEntries', message);
  }
  if (!entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id))) {
    throw queueError('InvalidEntryId', 'A batch entry id has 1 to 80 letters, digits, hyphens and underscores.');
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw queueError('IdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  return entries;
}

/** What the caller did wrong fails that one entry; anything else is our own fault and fails the request. */
export async function answerEach(entries: readonly Entry[], operate: (entry: Entry) => Promise<object>) {
  const failed: object[] = [];
  const answers = await Promise.all(
    entries.map(async (entry) => {
      try {
        return [{ Id: entry.Id, ...(await operate(entry)) }];
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const { message } = error;
        failed.push({ Id: entry.Id, SenderFault: true, Code: queryErrorOf(error) ?? error.name, Message: message });
        return [];
      }
    }),
  );
  return { Successful: answers.flat(), ...(failed.length > 0 && { Failed: failed }) };
}
