/** What comes in without the API: messages of the queue, executions started by hand, secrets. */
import { parseIntakeEvent } from '../../../lib/aws/intake.ts';
import { parseSecret } from '../../../lib/aws/secret-value.ts';
import { parseQueueMessage, parseStart } from '../../../lib/domain/queue-message.ts';
import { json, otherText, otherValues, pick } from './material.ts';
import { type Part, promise, refusal } from './part.ts';

const GOOD = [
  '{"flowId":"f","requestId":"r","parameters":{"name":"canary-value","n":[1,{"a":null}]},"tags":{"t":"canary-value"}}',
  '{"flowId":"f","body":"canary-value","businessKey":"b","timeoutMs":1000,"retry":{"maxAttempts":2,"coolOffMs":0}}',
  '{"cancel":{"flowId":"f","requestId":"r"}}',
  '{"schedule":{"flowId":"f","scheduledTime":"2026-03-01T12:00:00Z"}}',
  '{"Records":[{"messageId":"m","body":"canary-value","attributes":{}}]}',
  '{"console":{"execution":"e","request":{"flowId":"f","parameters":{}}}}',
  '{"apiKey":"canary-value"}',
  '{"username":"u","password":"canary-value\\n"}',
];
const OURS = ['InvalidInputError', 'SecretUnavailableError'];

export const messagesPart: Part = {
  name: 'messages',
  share: 0.5,
  make(random) {
    const chance = random();
    if (chance < 0.5) return otherValues(random, pick(random, GOOD));
    return chance < 0.9 ? otherText(random, pick(random, GOOD)) : json(random);
  },
  check(input) {
    const value = parsed(input);
    const doors = [
      () => parseQueueMessage(input),
      () => parseStart(value, 'input'),
      () => parseIntakeEvent(value),
      () => parseSecret('name', input),
    ];
    for (const door of doors) {
      const refused = refusal(door, OURS);
      // Where a value came into the place of a name, the name is told.
      const isName = /canary-value(?:[^"\\]|\\.)*"\s*:/.test(input);
      promise(refused === undefined || isName || !refused.message.includes('canary-value'), 'a refusal names no value');
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
