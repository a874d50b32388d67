/** The embedded runtime on a clock that a test puts forward, with doors in front of its table and its state machine. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV } from '../../lib/contract.ts';
import { type ServiceProxy, startServiceProxy } from '../helpers/service-proxy.ts';
import type { LocalErrandOptions } from './local-errand.ts';
import { createRequests, type Listed, listRuns, type Requests } from './requests.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

export interface Interposed extends VirtualErrand {
  readonly table: ServiceProxy;
  readonly machine: ServiceProxy;
  readonly requests: Requests;
  runs(query?: string): Promise<readonly Listed[]>;
  /** What the table holds under partition keys that begin like this. */
  items(prefix: string): Promise<readonly Item[]>;
}

type Item = Readonly<Record<string, unknown>>;

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startInterposed(
  cleanUp: (task: () => Promise<void>) => void,
  options: Omit<LocalErrandOptions, 'clock' | 'functionEnvironment'> = {},
): Promise<Interposed> {
  const [table, machine] = await Promise.all([startServiceProxy(cleanUp), startServiceProxy(cleanUp)]);
  const functionEnvironment = (own: Readonly<Record<string, string>>) => {
    table.target = String(own.AWS_ENDPOINT_URL_DYNAMODB);
    machine.target = String(own.AWS_ENDPOINT_URL_SFN);
    return {
      ...own,
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      AWS_ENDPOINT_URL_SFN: machine.url,
      // One key makes all requests here.
      [ENV.requestsPerSecond]: '10000',
    };
  };
  const errand = await startVirtualErrand(cleanUp, { ...options, functionEnvironment });
  const requests = createRequests(cleanUp, errand.runtime.environment);
  const runs = (query = '') => listRuns(errand.runtime.apiUrl, errand.key, query);
  return { ...errand, table, machine, requests, runs, items: scanner(cleanUp, errand.runtime.environment) };
}

function scanner(cleanUp: (task: () => Promise<void>) => void, environment: Readonly<Record<string, string>>) {
  const client = new DynamoDBClient({
    region: String(environment.AWS_REGION),
    endpoint: String(environment.AWS_ENDPOINT_URL_DYNAMODB),
    credentials: {
      accessKeyId: String(environment.AWS_ACCESS_KEY_ID),
      secretAccessKey: String(environment.AWS_SECRET_ACCESS_KEY),
    },
  });
  cleanUp(async () => client.destroy());
  return async (prefix: string): Promise<readonly Item[]> => {
    const found: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: String(environment[ENV.table]) }))
      found.push(...Items.map((item) => unmarshall(item)));
    return found.filter(({ pk }) => String(pk).startsWith(prefix));
  };
}
