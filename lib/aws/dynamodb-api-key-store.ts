/** API keys in the one table: only what `ApiKeyRecord` holds, never a key itself. */
import { TABLE } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import type { ApiKeyRecord, ApiKeyStore } from '../workflow/ports.ts';
import { createTable, type Item, type TableOptions } from './table.ts';
import { apiKeyKey, INDEX_VALUES } from './table-keys.ts';

export interface ListedApiKeyStore extends ApiKeyStore {
  /** All keys, by id; a key made a moment ago may be missing. */
  list(): Promise<readonly ApiKeyRecord[]>;
}

const { newest } = TABLE.indexes;

function toRecord(item: Item): ApiKeyRecord {
  return JSON.parse(String(item.record));
}

export function createApiKeyStore(options: TableOptions): ListedApiKeyStore {
  const table = createTable(options);
  return {
    async get(keyId) {
      const item = await table.get(apiKeyKey(keyId));
      return item === undefined ? undefined : toRecord(item);
    },

    async put(record) {
      const text = JSON.stringify(record);
      const item = {
        ...apiKeyKey(record.keyId),
        // Runs never have this month, so keys are listed by an index that is there anyway.
        [newest.partitionKey]: INDEX_VALUES.apiKeys,
        [newest.sortKey]: record.keyId,
        revokedAt: record.revokedAt,
        record: text,
      };
      const condition =
        record.revokedAt === undefined
          ? { expression: 'attribute_not_exists(revokedAt)' }
          : {
              expression: 'attribute_not_exists(revokedAt) OR revokedAt = :revoked',
              values: { ':revoked': record.revokedAt },
            };
      const written = await table.put(item, condition, (stored) => stored?.record === text);
      if (!written) throw new InvalidInputError(`API key ${record.keyId} is revoked and stays so`, []);
    },

    async list() {
      const rows = await table.query({
        index: newest.name,
        expression: '#keys = :keys',
        names: { '#keys': newest.partitionKey },
        values: { ':keys': INDEX_VALUES.apiKeys },
      });
      const items = await table.getMany(rows.map((row) => apiKeyKey(String(row[newest.sortKey]))));
      return items.map(toRecord);
    },
  };
}
