/** The queue as a user has it: AWS's own client, the addresses that the runtime prints. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

type Environment = Readonly<Record<string, string>>;

export interface Requests {
  /** Each a message of its own; text as it is, anything else as JSON. */
  send(...bodies: readonly unknown[]): Promise<void>;
  /** Messages that are waiting, and those that somebody has received and not deleted. */
  count(queue?: string): Promise<number>;
  /** The latter alone. */
  inFlight(): Promise<number>;
  /** Resolves once nothing is left in the queue of requests. */
  taken(withinMs?: number): Promise<void>;
  /** Gives dead letters back to the queue they came from. */
  redrive(queue: string): Promise<void>;
  /** Receives and deletes all that can be received now. */
  drain(queue: string): Promise<readonly string[]>;
}

const BATCH = 10;
const SENDERS = 8;
const WAITING = 'ApproximateNumberOfMessages';
const IN_FLIGHT = 'ApproximateNumberOfMessagesNotVisible';
const REQUESTS = 'errand-requests';
export const DEAD_REQUESTS = 'errand-requests-dead';

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

export function createRequests(cleanUp: (task: () => Promise<void>) => void, environment: Environment): Requests {
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', ERRAND_QUEUE_URL } = environment;
  const client = new SQSClient({
    region: AWS_REGION,
    endpoint: String(environment.AWS_ENDPOINT_URL_SQS),
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
  cleanUp(async () => client.destroy());

  async function urlOf(queue: string): Promise<string | undefined> {
    return (await client.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl;
  }

  async function sendBatch(bodies: readonly unknown[]): Promise<void> {
    const Entries = bodies.map((body, index) => ({ Id: `${index}`, MessageBody: textOf(body) }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: ERRAND_QUEUE_URL, Entries }));
    if (Failed.length > 0) throw new Error(`not sent: ${Failed[0]?.Code}`);
  }

  async function sum(queue: string, ...names: readonly QueueAttributeName[]): Promise<number> {
    const command = new GetQueueAttributesCommand({ QueueUrl: await urlOf(queue), AttributeNames: [...names] });
    const { Attributes = {} } = await client.send(command);
    return names.reduce((all, name) => all + Number(Attributes[name]), 0);
  }

  const count = (queue = REQUESTS) => sum(queue, WAITING, IN_FLIGHT);

  return {
    count,
    inFlight: () => sum(REQUESTS, IN_FLIGHT),
    async send(...bodies) {
      if (bodies.length === 1) {
        const [body] = bodies;
        await client.send(new SendMessageCommand({ QueueUrl: ERRAND_QUEUE_URL, MessageBody: textOf(body) }));
        return;
      }
      let next = 0;
      const work = async () => {
        for (let from = next; from < bodies.length; from = next) {
          next += BATCH;
          await sendBatch(bodies.slice(from, from + BATCH));
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, work));
    },
    async taken(withinMs = 60_000) {
      for (const until = Date.now() + withinMs; (await count()) > 0; await sleep(100)) {
        if (Date.now() > until) throw new Error(`${await count()} messages are still in the queue`);
      }
    },
    async redrive(queue) {
      const SourceArn = `arn:aws:sqs:${AWS_REGION}:000000000000:${queue}`;
      await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    },
    async drain(queue) {
      const QueueUrl = await urlOf(queue);
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH }),
        );
        if (Messages.length === 0) return bodies;
        for (const { Body = '', ReceiptHandle } of Messages) {
          bodies.push(Body);
          await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    },
  };
}

export interface Listed {
  readonly id: string;
  readonly status: string;
  readonly flowId: string;
  readonly [field: string]: unknown;
}

/** Every run that the API lists, newest first. */
export async function listRuns(apiUrl: string, key: string, query = ''): Promise<readonly Listed[]> {
  const runs: Listed[] = [];
  for (let cursor = ''; ; ) {
    const reply = await fetch(new URL(`/v1/runs?limit=100${query}${cursor}`, apiUrl), {
      headers: { 'x-api-key': key },
    });
    if (!reply.ok) throw new Error(`GET /v1/runs answered ${reply.status}: ${await reply.text()}`);
    const { items, nextCursor } = (await reply.json()) as { items: Listed[]; nextCursor?: string };
    runs.push(...items);
    if (nextCursor === undefined) return runs;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}
