/** What SQS asks of a message, and the sums that its clients check. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../domain/json.ts';
import { queueError } from './queue-errors.ts';
import type { MessageAttributes, NewMessage } from './queue-types.ts';

/** Of one message with its attributes, and of all the messages of a batch together. */
export const MAX_MESSAGE_BYTES = 1_048_576;

const ATTRIBUTE_NAME = /^(?!(aws|amazon)\.)(?!.*\.\.)[\w-](?:[\w.-]{0,254}[\w-])?$/i;
/** What XML 1.0 cannot carry: SQS spoke XML once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const text = z.string().refine((value) => !FORBIDDEN.test(value));
const attributeSchema = z.object({
  DataType: z
    .string()
    .regex(/^(String|Number|Binary)(\..+)?$/)
    .max(256),
  StringValue: text.optional(),
  BinaryValue: z.base64().optional(),
});

export const messageSchema = z.object({
  MessageBody: z.string().optional(),
  DelaySeconds: z.int().min(0).max(900).optional(),
  MessageAttributes: z
    .record(z.string().regex(ATTRIBUTE_NAME), attributeSchema)
    .refine((attributes) => Object.keys(attributes).length <= 10)
    .optional(),
  MessageSystemAttributes: z.object({ AWSTraceHeader: z.object({ StringValue: z.string() }).optional() }).optional(),
});

export const md5 = (value: string | Buffer) => hash('md5', value);

type Attribute = MessageAttributes[string];
const isBinary = ({ DataType }: Attribute) => DataType.startsWith('Binary');

function bytesOfValue(attribute: Attribute): Buffer {
  if (isBinary(attribute)) return Buffer.from(attribute.BinaryValue ?? '', 'base64');
  return Buffer.from(attribute.StringValue ?? '');
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** By name: name, type and value, each after its length; one byte tells text from bytes. Undefined where there are none. */
export function md5OfAttributes(attributes: MessageAttributes = {}): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const attribute = attributes[name] ?? { DataType: 'String' };
    const kind = Buffer.of(isBinary(attribute) ? 2 : 1);
    return [
      withLength(Buffer.from(name)),
      withLength(Buffer.from(attribute.DataType)),
      kind,
      withLength(bytesOfValue(attribute)),
    ];
  });
  return md5(Buffer.concat(parts));
}

/** As SQS counts: the body, and of each attribute its name, type and value. */
function bytesOf({ body, attributes = {} }: NewMessage): number {
  const sizes = Object.entries(attributes).map(
    ([name, attribute]) =>
      Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesOfValue(attribute).length,
  );
  return sizes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

function checkAttributes(attributes: MessageAttributes): void {
  const empty = Object.entries(attributes).find(([, attribute]) => bytesOfValue(attribute).length === 0);
  if (!empty) return;
  throw queueError('InvalidValue', `Message attribute '${empty[0]}' must contain a value of its type.`);
}

/** Drops what is undefined: absent and undefined are not the same to the queues. */
function attributesOf(input: z.infer<typeof messageSchema>): MessageAttributes | undefined {
  if (!input.MessageAttributes || Object.keys(input.MessageAttributes).length === 0) return undefined;
  return JSON.parse(JSON.stringify(input.MessageAttributes)) as MessageAttributes;
}

/** What a message would count, whether it is good or not. */
export function bytesIn(input: Json): number {
  const { data } = messageSchema.safeParse(input);
  return data ? bytesOf({ body: data.MessageBody ?? '', attributes: attributesOf(data) ?? {} }) : 0;
}

/** @throws AwsError as SQS does, for a message that it would not take. */
export function readMessage(input: z.infer<typeof messageSchema>): NewMessage {
  const { MessageBody: body = '', DelaySeconds: delaySeconds, MessageSystemAttributes: system } = input;
  if (body === '') throw queueError('Missing', 'The request must contain the parameter MessageBody.');
  if (FORBIDDEN.test(body)) {
    throw queueError('InvalidMessageContents', 'The message contains characters that are not allowed.');
  }
  const attributes = attributesOf(input);
  checkAttributes(attributes ?? {});
  const message: NewMessage = {
    body,
    ...(attributes && { attributes }),
    ...(system?.AWSTraceHeader && { traceHeader: system.AWSTraceHeader.StringValue }),
    ...(delaySeconds !== undefined && { delaySeconds }),
  };
  if (bytesOf(message) <= MAX_MESSAGE_BYTES) return message;
  const reason = `Message must be shorter than ${MAX_MESSAGE_BYTES} bytes.`;
  throw queueError('InvalidValue', `One or more parameters are invalid. Reason: ${reason}`);
}
