/** The four table operations that are used, in plain values; failures come out sorted. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { StoreUnavailableError } from '../domain/errors.ts';
import { isNamed, isOurMistake, toStoreError } from './service-errors.ts';
import type { Key } from './table-keys.ts';

export type Item = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface TableQuery extends Condition {
  readonly index?: string;
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

export interface Table {
  /** Consistent. */
  get(key: Key): Promise<Item | undefined>;
  /** Consistent, any number, in the order of the keys; what is not there is left out. */
  getMany(keys: readonly Key[]): Promise<readonly Item[]>;
  /**
   * Writes the item if the condition holds; false when it does not. A write whose answer was lost is looked up:
   * `isOurs` says whether the stored item is the one this call wrote.
   */
  put(item: Item, condition: Condition, isOurs: (stored: Item | undefined) => boolean): Promise<boolean>;
  /** Consistent on the table, not on an index; reads pages until `limit` or the end. */
  query(query: TableQuery): Promise<readonly Item[]>;
}

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

const SERVICE = 'the table';
/** The service's own limit for one batch. */
const MAX_BATCH = 100;
const MAX_BATCH_ROUNDS = 5;

export function createTable({ client, table }: TableOptions): Table {
  const call = async <Result>(attempted: string, send: () => Promise<Result>): Promise<Result> => {
    try {
      return await send();
    } catch (error) {
      throw toStoreError(SERVICE, attempted, error);
    }
  };

  const get = async (key: Key): Promise<Item | undefined> => {
    const command = new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true });
    const { Item } = await call('GetItem', () => client.send(command));
    return Item === undefined ? undefined : unmarshall(Item);
  };

  const getBatch = async (keys: readonly Key[]): Promise<readonly Item[]> => {
    const found: Item[] = [];
    let rest: Record<string, AttributeValue>[] = keys.map((key) => marshall(key));
    for (let round = 0; rest.length > 0; round += 1) {
      if (round === MAX_BATCH_ROUNDS) throw new StoreUnavailableError(`${SERVICE} left keys of a batch unread`);
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: rest, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await call('BatchGetItem', () => client.send(command));
      found.push(...(Responses?.[table] ?? []).map((item) => unmarshall(item)));
      rest = UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return found;
  };

  return {
    get,

    async getMany(keys) {
      const items: Item[] = [];
      for (let from = 0; from < keys.length; from += MAX_BATCH) {
        items.push(...(await getBatch(keys.slice(from, from + MAX_BATCH))));
      }
      const place = (key: Item) => `${key.pk} ${key.sk}`;
      const byKey = new Map(items.map((item): [string, Item] => [place(item), item]));
      return keys.map((key) => byKey.get(place(key))).filter((item) => item !== undefined);
    },

    async put(item, condition, isOurs) {
      const key = { pk: String(item.pk), sk: String(item.sk) };
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(item, { removeUndefinedValues: true }),
        ConditionExpression: condition.expression,
        ...(condition.names === undefined ? {} : { ExpressionAttributeNames: condition.names }),
        ...(condition.values === undefined ? {} : { ExpressionAttributeValues: marshall(condition.values) }),
      });
      try {
        await client.send(command);
        return true;
      } catch (error) {
        if (isNamed(error, 'ConditionalCheckFailedException')) return isOurs(await get(key));
        // It may have been written all the same, even when throttled: an earlier try of the SDK may have lost its reply.
        if (!isOurMistake(error) && (await get(key).then(isOurs, () => false))) return true;
        throw toStoreError(SERVICE, 'PutItem', error);
      }
    },

    async query({ expression, names, values, index, newestFirst = false, limit = Number.POSITIVE_INFINITY }) {
      const items: Item[] = [];
      let from: Record<string, AttributeValue> | undefined;
      do {
        const command = new QueryCommand({
          TableName: table,
          KeyConditionExpression: expression,
          ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
          ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
          ScanIndexForward: !newestFirst,
          ...(Number.isFinite(limit) ? { Limit: limit - items.length } : {}),
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        });
        const page = await call('Query', () => client.send(command));
        items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
        from = page.LastEvaluatedKey;
      } while (from !== undefined && items.length < limit);
      return items;
    },
  };
}
