/** Counts what DynamoDB would charge for the table's operations: by the size of items, and for the indexes that changed. */
import { createRequire } from 'node:module';
import { TABLE } from '../contract.ts';
import type { TableUse } from './meter.ts';
import type { TableEngine, TableReply } from './table-engine.ts';

type Item = Readonly<Record<string, { readonly S?: string }>>;

interface Input {
  readonly TableName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly IndexName?: string;
  readonly ConsistentRead?: boolean;
  readonly ReturnConsumedCapacity?: string;
  readonly RequestItems?: Readonly<Record<string, BatchInput>>;
  readonly ExpressionAttributeValues?: Item;
}

type BatchInput =
  | { readonly Keys: readonly Item[] }
  | readonly { readonly PutRequest?: { readonly Item: Item }; readonly DeleteRequest?: { readonly Key: Item } }[];

interface Capacity {
  readonly CapacityUnits: number;
}

interface Reply {
  readonly __type?: string;
  readonly ConsumedCapacity?: Capacity | readonly Capacity[];
}

const WRITE_UNIT_BYTES = 1_024;
const READS = ['GetItem', 'Query', 'Scan', 'BatchGetItem'];
const KEYS = [TABLE.partitionKey, TABLE.sortKey];
const { itemSize } = createRequire(import.meta.url)('dynalite/db') as { itemSize(item: Item): number };

const keyOf = (item: Item): Item =>
  Object.fromEntries(KEYS.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
const unitsOf = (item: Item | undefined) => (item ? Math.ceil(itemSize(item) / WRITE_UNIT_BYTES) : 1);

/** `RUN` of `RUN#01KB…`. */
function prefixOf(item: Item | undefined): string {
  const text = item?.[TABLE.partitionKey]?.S ?? Object.values(item ?? {})[0]?.S ?? '';
  return text.split('#')[0] ?? '';
}

/** All that an index holds of an item, undefined where it is not in it. */
function entryIn({ partitionKey, sortKey }: (typeof INDEXES)[number], item: Item | undefined): string | undefined {
  const own = [item?.[partitionKey], item?.[sortKey]];
  return own.includes(undefined) ? undefined : JSON.stringify([own, keyOf(item ?? {})]);
}

const INDEXES = Object.values(TABLE.indexes);

function indexWrites(before: Item | undefined, after: Item | undefined): number {
  return INDEXES.reduce((sum, index) => {
    const [old, fresh] = [entryIn(index, before), entryIn(index, after)];
    return old === fresh ? sum : sum + Number(old !== undefined) + Number(fresh !== undefined);
  }, 0);
}

function writtenKeys({ Key, Item, RequestItems }: Input): readonly Item[] {
  const batched = Object.values(RequestItems ?? {}).flatMap((requests) =>
    Array.isArray(requests)
      ? requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
      : [],
  );
  return [Key, Item, ...batched].filter((item) => item !== undefined).map(keyOf);
}

function readAbout({ IndexName, Key, RequestItems, ExpressionAttributeValues }: Input): string {
  const [batch] = Object.values(RequestItems ?? {});
  const first = batch && 'Keys' in batch ? batch.Keys[0] : undefined;
  return IndexName ?? prefixOf(Key ?? first ?? ExpressionAttributeValues);
}

/** The engine, which tells of each operation; operations cost more here, because items are read before and after. */
export function meterTable(engine: TableEngine, tell: (use: TableUse) => void): Pick<TableEngine, 'call'> {
  async function find(table: string, key: Item): Promise<Item | undefined> {
    const reply = await engine.call('GetItem', { TableName: table, Key: key, ConsistentRead: true });
    return (reply?.body as { readonly Item?: Item } | undefined)?.Item;
  }

  async function read(operation: string, input: Input, reading: Promise<TableReply>): Promise<TableReply> {
    const { status, body } = await reading;
    const { ConsumedCapacity, ...rest } = body as Reply;
    const given = [ConsumedCapacity ?? []].flat() as readonly Capacity[];
    const least = input.ConsistentRead === true ? 1 : 0.5;
    const readUnits = Math.max(
      least,
      given.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
    );
    if (status === 200) tell({ kind: 'table', operation, about: readAbout(input), readUnits, writeUnits: 0 });
    return { status, body: input.ReturnConsumedCapacity === undefined ? rest : body };
  }

  async function write(operation: string, input: Input): Promise<TableReply | undefined> {
    const keys = writtenKeys(input);
    const table = input.TableName ?? Object.keys(input.RequestItems ?? {})[0] ?? '';
    const findAll = () => Promise.all(keys.map((key) => find(table, key)));
    const before = await findAll();
    const reply = await engine.call(operation, input);
    if (!reply) return undefined;
    const { __type: problem = '' } = reply.body as Reply;
    // A condition that fails is charged for the item it was asked of.
    if (reply.status !== 200 && !problem.endsWith('ConditionalCheckFailedException')) return reply;
    const after = await findAll();
    const units = keys.map((_, place) => {
      const [old, fresh] = [before[place], after[place]];
      return Math.max(unitsOf(old), unitsOf(fresh)) + indexWrites(old, fresh);
    });
    const name = reply.status === 200 ? operation : `${operation} (condition failed)`;
    const writeUnits = units.reduce((sum, each) => sum + each, 0);
    tell({ kind: 'table', operation: name, about: prefixOf(keys[0]), readUnits: 0, writeUnits });
    return reply;
  }

  return {
    call(operation, given) {
      const input = given as Input;
      if (READS.includes(operation)) {
        const reading = engine.call(operation, { ...input, ReturnConsumedCapacity: 'TOTAL' });
        return reading && read(operation, input, reading);
      }
      const isWrite = writtenKeys(input).length > 0;
      return isWrite ? (write(operation, input) as Promise<TableReply>) : engine.call(operation, given);
    },
  };
}
