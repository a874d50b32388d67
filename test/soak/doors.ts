/** Doors between the functions and AWS's services, at which calls are refused and replies get lost by chance. */
import { type ServiceProxy, startServiceProxy, type Trouble } from '../helpers/service-proxy.ts';
import { openS3Door, type S3Trouble } from './s3-door.ts';

type Environment = Readonly<Record<string, string>>;

export interface Doors {
  /** What the functions find in place of the services' own addresses. */
  readonly environment: Environment;
  /** Says where the services are. */
  connect(environment: Environment): void;
  /** Chances are as they are planned, or none. */
  setTrouble(isOn: boolean): void;
  close(): Promise<void>;
}

interface Chance<Kind> {
  readonly name: string;
  readonly trouble: Kind;
  /** Of each call. */
  readonly share: number;
}

const refusal = (name: string): Trouble => ({ refusal: name });

/** By the variable that says where the service is. */
const SERVICES: Readonly<Record<string, readonly Chance<Trouble>[]>> = {
  AWS_ENDPOINT_URL_DYNAMODB: [
    { name: 'table-throttled', trouble: refusal('ProvisionedThroughputExceededException'), share: 0.004 },
    { name: 'table-reply-lost', trouble: 'reply-lost', share: 0.003 },
    { name: 'table-unreachable', trouble: 'unreachable', share: 0.003 },
  ],
  AWS_ENDPOINT_URL_SFN: [
    { name: 'machine-throttled', trouble: refusal('ThrottlingException'), share: 0.02 },
    { name: 'machine-reply-lost', trouble: 'reply-lost', share: 0.02 },
    { name: 'machine-unreachable', trouble: 'unreachable', share: 0.01 },
  ],
  AWS_ENDPOINT_URL_SECRETS_MANAGER: [
    { name: 'secrets-throttled', trouble: refusal('ThrottlingException'), share: 0.05 },
    { name: 'secrets-unreachable', trouble: 'unreachable', share: 0.03 },
  ],
  AWS_ENDPOINT_URL_SQS: [
    { name: 'queue-throttled', trouble: refusal('RequestThrottled'), share: 0.05 },
    { name: 'queue-reply-lost', trouble: 'reply-lost', share: 0.05 },
  ],
};

const S3: readonly Chance<S3Trouble>[] = [
  { name: 'bucket-slow-down', trouble: 'slow-down', share: 0.02 },
  { name: 'bucket-reply-lost', trouble: 'reply-lost', share: 0.02 },
  { name: 'bucket-unreachable', trouble: 'unreachable', share: 0.01 },
];

export interface DoorsOptions {
  readonly random: () => number;
  readonly count: (fault: string) => void;
}

/** Opens them all, without trouble at first. */
export async function openDoors({ random, count }: DoorsOptions): Promise<Doors> {
  let isOn = false;
  function draw<Kind>(chances: readonly Chance<Kind>[]): Kind | undefined {
    let drawn = isOn ? random() : 1;
    for (const { name, trouble, share } of chances) {
      drawn -= share;
      if (drawn >= 0) continue;
      count(name);
      return trouble;
    }
    return undefined;
  }
  const cleanUps: (() => Promise<void>)[] = [];
  const services = await Promise.all(
    Object.entries(SERVICES).map(async ([variable, chances]): Promise<readonly [string, ServiceProxy]> => {
      const proxy = await startServiceProxy((task) => void cleanUps.push(task));
      proxy.trouble = () => draw(chances);
      return [variable, proxy];
    }),
  );
  const s3 = await openS3Door();
  s3.trouble = () => draw(S3);
  const urls = services.map(([variable, { url }]) => [variable, url] as const);
  return {
    environment: { ...Object.fromEntries(urls), AWS_ENDPOINT_URL_S3: s3.url },
    connect(environment) {
      for (const [variable, proxy] of services) proxy.target = String(environment[variable]);
      s3.target = String(environment.AWS_ENDPOINT_URL_S3);
    },
    setTrouble(wanted) {
      isOn = wanted;
    },
    async close() {
      await Promise.all([s3.close(), ...cleanUps.map((cleanUp) => cleanUp())]);
    },
  };
}
