/** dynalite's operations, in memory, behind what the functions take for DynamoDB's client. */
import { createRequire } from 'node:module';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableDefinition } from '../../../lib/local/table-definition.ts';
import type { Effect } from '../fault-kinds.ts';
import type { Stage, Strokes } from '../stage.ts';
import { type Parser, parseFormsOnce } from './expression-forms.ts';
import { type Files, keepInMap } from './memory-files.ts';
import { clientOf, noAnswer, serviceError } from './service-error.ts';

type Callback = (error: unknown, body?: unknown) => void;
type Action = (store: Store, input: object, callback: Callback) => void;

interface Store {
  readonly db: Files;
}

interface Validation {
  readonly types: object;
  readonly custom?: unknown;
}

type Input = Readonly<Record<string, unknown>>;

export interface MemoryTable {
  readonly client: DynamoDBClient;
  /** As whoever looks from outside: no effect of a function. */
  call(operation: string, input: Input): Promise<Input>;
  /** Hears of every item that was written. */
  onWritten: (item: Input) => void;
}

export const TABLE_NAME = 'errand';

const load = createRequire(import.meta.url);
const { create } = load('dynalite/db') as { create(options: object): Store };
for (const parser of ['conditionParser', 'updateParser']) parseFormsOnce(load(`dynalite/db/${parser}`) as Parser);
const { checkValidations } = load('dynalite/validations') as {
  checkValidations(input: object, types: object, custom: unknown, store: Store): void;
};
const OPERATIONS = [
  'BatchGetItem',
  'CreateTable',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;
const operations = new Map(
  OPERATIONS.map((name) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    return [
      name as string,
      {
        action: load(`dynalite/actions/${file}`) as Action,
        validation: load(`dynalite/validations/${file}`) as Validation,
      },
    ];
  }),
);

function toError(refusal: unknown): unknown {
  if (typeof refusal !== 'object' || refusal === null || !('statusCode' in refusal) || !('body' in refusal))
    return refusal;
  const { __type = '' } = refusal.body as { readonly __type?: string };
  return serviceError(__type.split('#').at(-1) ?? 'Unknown', Number(refusal.statusCode));
}

/** As it comes over the wire: without what a client leaves out, and nobody else's, since dynalite writes into it. */
const sent = (input: Input) => JSON.parse(JSON.stringify(input)) as Input;

export async function openMemoryTable(stage: Stage): Promise<MemoryTable> {
  const store = create({ createTableMs: 0 });
  keepInMap(store.db);
  const earlier = new Map<string, Input>();

  function call(operation: string, given: Input): Promise<Input> {
    const found = operations.get(operation);
    if (found === undefined) throw new Error(`no operation ${operation}`);
    return stage.thread.working(
      () =>
        new Promise((resolve, reject) => {
          try {
            const input = sent(given);
            checkValidations(input, found.validation.types, found.validation.custom, store);
            found.action(store, input, (error, body) => (error ? reject(toError(error)) : resolve(body as Input)));
          } catch (error) {
            reject(toError(error));
          }
        }),
    );
  }

  const read = (operation: string, kind: Effect) => (input: Input) =>
    stage.effect(kind, () => call(operation, input), strokes(input, kind));

  async function write(operation: string, input: Input): Promise<Input> {
    const body = await call(operation, input);
    if (operation === 'PutItem') table.onWritten(input.Item as Input);
    return body;
  }

  /** As a client of AWS meets them, that tries three times. */
  function strokes(input: Input, kind: Effect): Strokes<Input> {
    return {
      'table-throttled': async () => {
        throw serviceError('ProvisionedThroughputExceededException', 400);
      },
      'table-conflict': async () => {
        throw serviceError('ReplicatedWriteConflictException', 400);
      },
      'table-reply-lost': async (act) => {
        const applied = act();
        await applied.catch(() => {});
        if (stage.thread.random() < 0.3) throw noAnswer();
        return act();
      },
      ...(kind === 'table-query' && {
        'stale-read': async () => earlier.get(JSON.stringify(input)) ?? { Items: [], Count: 0 },
      }),
    };
  }

  const writing = (operation: string) => (input: Input) =>
    stage.effect('table-write', () => write(operation, input), strokes(input, 'table-write'));

  const table: MemoryTable = {
    call,
    onWritten: () => {},
    client: clientOf<DynamoDBClient>({
      GetItem: read('GetItem', 'table-read'),
      BatchGetItem: read('BatchGetItem', 'table-read'),
      PutItem: writing('PutItem'),
      UpdateItem: writing('UpdateItem'),
      DeleteItem: writing('DeleteItem'),
      Query: async (input: Input) => {
        const body = await read('Query', 'table-query')(input);
        earlier.set(JSON.stringify(input), body);
        return body;
      },
    }),
  };
  const created = call('CreateTable', tableDefinition(TABLE_NAME) as Input);
  await created;
  return table;
}
