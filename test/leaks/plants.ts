/** A leak planted in each sink, in each spelling, by the way that text gets there: whoever misses one would miss a real one. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ENV } from '../../lib/contract.ts';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { SENSITIVE } from './canaries.ts';
import { ENCODINGS, type Encoding, encode } from './encodings.ts';
import type { Call, Played } from './play.ts';

/** Texts by encoding. */
type Texts = Readonly<Record<Encoding, string>>;

interface Ground extends Pick<Played, 'errand'> {
  readonly call: Call;
  /** What becomes a list of findings as it is. */
  readonly refusals: string[];
  readonly thrown: string[];
}

type Plant = (ground: Ground, texts: Texts) => Promise<void> | void;

/** A caller's own words, which everybody who may see the run may see: in its record, its events, its replies. */
const asTags: Plant = async ({ call }, texts) => {
  const { status, text } = await call('/v1/flows/sync-text/runs', { parameters: SENSITIVE, tags: texts });
  if (status !== 202) throw new Error(text);
};

const inQueue =
  (name: string): Plant =>
  async ({ errand }, texts) => {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_SQS: endpoint = '' } = errand.runtime.environment;
    const client = new SQSClient({ region, endpoint });
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ message: texts }) }));
    client.destroy();
  };

/** As somebody would start one in the console of Step Functions: the history keeps what was given. */
const asInput: Plant = async ({ errand }, texts) => {
  const client = new SFNClient({});
  const stateMachineArn = errand.runtime.environment[ENV.stateMachine];
  await client.send(
    new StartExecutionCommand({ stateMachineArn, name: 'planted', input: JSON.stringify({ flowId: 'none', texts }) }),
  );
  client.destroy();
};

const asObject: Plant = async ({ errand }, texts) => {
  const client = new S3Client({ forcePathStyle: true });
  const Bucket = errand.runtime.environment[ENV.bucket];
  await client.send(new PutObjectCommand({ Bucket, Key: 'outputs/planted', Body: JSON.stringify(texts) }));
  client.destroy();
};

const inLog =
  (line: (texts: Texts) => object): Plant =>
  ({ errand }, texts) =>
    appendFileSync(join(errand.dataDir, 'functions.log'), `${JSON.stringify(line(texts))}\n`);

const PLANTS: Readonly<Record<string, Plant>> = {
  'API replies': asTags,
  'table items': asTags,
  'events feed': asTags,
  commands: asTags,
  'API refusals': async ({ call, refusals }, texts) => {
    const parameters = Object.fromEntries(Object.values(texts).map((text) => [text, 1]));
    refusals.push((await call('/v1/flows/sync-text/runs', { parameters })).text);
  },
  'execution histories': asInput,
  'queue errand-fallout': inQueue('errand-fallout'),
  'queue errand-requests-dead': inQueue('errand-requests-dead'),
  'queue errand-undelivered': inQueue('errand-undelivered'),
  'requests sent': async ({ errand }, texts) => {
    const ask = (text: string) => fetch(`${errand.fleet.invision.origin}/planted?key=${encodeURIComponent(text)}`);
    await Promise.all(Object.values(texts).map(ask));
  },
  'functions log': inLog((texts) => ({ level: 'ERROR', error: { message: Object.values(texts).join(' ') } })),
  metrics: inLog((texts) => ({ _aws: { Timestamp: 0 }, dimensions: texts })),
  'thrown messages': ({ thrown }, texts) => {
    for (const text of Object.values(texts))
      thrown.push(JSON.stringify({ error: String(new InvalidInputError(text, [])) }));
  },
  terminal: ({ errand }, texts) =>
    void (errand.printed as string[]).push(`The function failed: ${JSON.stringify(texts)}`),
  'data directory': asObject,
};

/** What was planted, by sink and encoding. */
export type Planted = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Long enough for halves of it to tell, and of characters that each spelling writes in its own way. */
const plantedValue = (sink: number, encoding: number) => `Plant<${sink}+"${encoding}">~Qx7/Zk9&rT4`;

export async function plant(ground: Ground): Promise<Planted> {
  const planted = new Map<string, Readonly<Record<string, string>>>();
  for (const [index, [sink, sow]] of Object.entries(PLANTS).entries()) {
    const values = Object.fromEntries(ENCODINGS.map((encoding, at) => [encoding, plantedValue(index + 10, at)]));
    const texts = Object.entries(values).map(([encoding, value]) => [
      encoding,
      encode(value, encoding as Encoding).join(' '),
    ]);
    await sow(ground, Object.fromEntries(texts) as Texts);
    planted.set(sink, values);
  }
  return planted;
}
