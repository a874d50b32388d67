/** The API on a real table and a real vault, with every read and write of the table counted. */
import { createApi } from '../../lib/api/app.ts';
import { createApiKeyStore } from '../../lib/aws/dynamodb-api-key-store.ts';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import type { Dependencies } from '../../lib/workflow/ports.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { createWorld, type World } from '../helpers/world.ts';
import { session } from './client.ts';

export { withChecksum, withId, withSecret } from './key-edits.ts';

const ENVIRONMENT = 'test';

export interface KeyWorld {
  readonly table: TestTable;
  readonly world: World;
  readonly dependencies: Dependencies;
  /** Operations on the table, in order. */
  readonly operations: string[];
  readonly counted: Counted[];
  /** Asks as the given key from the given address. */
  ask(key: string, request?: Asked): Promise<Response>;
}

export interface Counted {
  readonly metric: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly body?: object;
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startKeyWorld(
  cleanUp: (task: () => Promise<void>) => void,
  using: (table: TestTable, world: World) => Partial<Dependencies> = () => ({}),
): Promise<KeyWorld> {
  const table = await startTable();
  cleanUp(() => table.close());
  const operations: string[] = [];
  const client = new Proxy(table.client, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name);
      return (command: { readonly constructor: { readonly name: string } }) => {
        operations.push(command.constructor.name.replace('Command', ''));
        return target.send(command as never);
      };
    },
  });
  const world = createWorld({ session });
  const counted: Counted[] = [];
  const dependencies: Dependencies = {
    ...world.dependencies,
    keys: createApiKeyStore({ client, table: table.table }),
    vault: createInputVault({ rootKey: async () => Buffer.alloc(32, 7) }),
    log: { ...world.dependencies.log, count: (metric, fields) => void counted.push({ metric, fields }) },
    ...using({ ...table, client }, world),
  };
  const app = createApi(dependencies, { environment: ENVIRONMENT });
  return {
    table,
    world,
    dependencies,
    operations,
    counted,
    async ask(key, { path = '/v1/keys/self', method = 'GET', body, address, headers = {} } = {}) {
      const init = {
        method,
        headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return app.request(path, init, address === undefined ? {} : { requestContext: { http: { sourceIp: address } } });
    },
  };
}
