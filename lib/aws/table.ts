/** The table operations that are used, in plain values; failures come out sorted. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  type Select,
  UpdateItemCommand,
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

/** A change of attributes; the condition is optional. */
export interface Change {
  readonly change: string;
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Item;
}

export interface Table {
  /** Consistent, unless it may be a moment behind for half the price. */
  get(key: Key, isConsistent?: boolean): Promise<Item | undefined>;
  /** The same for any number, in the order of the keys; what is not there is left out. */
  getMany(keys: readonly Key[], isConsistent?: boolean): Promise<readonly Item[]>;
  /**
   * Writes the item if the condition holds; false when it does not. A write whose answer was lost is looked up:
   * `isOurs` says whether the stored item is the one this call wrote.
   */
  put(item: Item, condition: Condition, isOurs: (stored: Item | undefined) => boolean): Promise<boolean>;
  /**
   * Changes an item, or makes it; gives back what was changed, as it is now. Undefined when the condition does not hold.
   * When an answer is lost it may be done twice.
   */
  update(key: Key, change: Change): Promise<Item | undefined>;
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

/** Makes one call; failures come out sorted. */
export async function callTable<Result>(attempted: string, send: () => Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    throw toStoreError(SERVICE, attempted, error);
  }
}

/** The pages of a query, until its limit or the end. */
export async function* pagesOf(
  { client, table }: TableOptions,
  { expression, names, values, index, newestFirst = false, limit = Number.POSITIVE_INFINITY }: TableQuery,
  select?: Select,
): AsyncGenerator<QueryCommandOutput> {
  let left = limit;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const command = new QueryCommand({
      TableName: table,
      KeyConditionExpression: expression,
      ...expressions(names, values),
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      ...(select && { Select: select }),
      ScanIndexForward: !newestFirst,
      ...(Number.isFinite(limit) ? { Limit: left } : {}),
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    const page = await callTable('Query', () => client.send(command));
    yield page;
    left -= page.Count ?? 0;
    from = page.LastEvaluatedKey;
  } while (from !== undefined && left > 0);
}

export function createTable(options: TableOptions): Table {
  const { client, table } = options;

  const get = async (key: Key, isConsistent = true): Promise<Item | undefined> => {
    const command = new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: isConsistent });
    const { Item } = await callTable('GetItem', () => client.send(command));
    return Item === undefined ? undefined : unmarshall(Item);
  };

  const getBatch = async (keys: readonly Key[], isConsistent: boolean): Promise<readonly Item[]> => {
    const found: Item[] = [];
    let rest: Record<string, AttributeValue>[] = keys.map((key) => marshall(key));
    for (let round = 0; rest.length > 0; round += 1) {
      if (round === MAX_BATCH_ROUNDS) throw new StoreUnavailableError(`${SERVICE} left keys of a batch unread`);
      const asked = { [table]: { Keys: rest, ConsistentRead: isConsistent } };
      const command = new BatchGetItemCommand({ RequestItems: asked });
      const { Responses, UnprocessedKeys } = await callTable('BatchGetItem', () => client.send(command));
      found.push(...(Responses?.[table] ?? []).map((item) => unmarshall(item)));
      rest = UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return found;
  };

  return {
    get,

    async getMany(keys, isConsistent = true) {
      const items: Item[] = [];
      for (let from = 0; from < keys.length; from += MAX_BATCH) {
        items.push(...(await getBatch(keys.slice(from, from + MAX_BATCH), isConsistent)));
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
        ...expressions(condition.names, condition.values),
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

    async update(key, { change, condition, names, values }) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(key),
        UpdateExpression: change,
        ...expressions(names, values),
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
        ReturnValues: 'UPDATED_NEW',
      });
      try {
        const { Attributes = {} } = await client.send(command);
        return unmarshall(Attributes);
      } catch (error) {
        if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
        throw toStoreError(SERVICE, 'UpdateItem', error);
      }
    },

    async query(query) {
      const items: Item[] = [];
      for await (const page of pagesOf(options, query))
        items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      return items;
    },
  };
}

function expressions(names: Condition['names'], values: Item | undefined) {
  return {
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
  };
}
