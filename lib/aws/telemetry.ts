/** Log lines and counts of the functions. Only fields of a closed list get out, in shapes that cannot carry a secret. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RunLog } from '../workflow/ports.ts';

const NAMESPACE = 'Errand';

/** Ids, our own words and numbers; whatever a platform or a caller said stays out. */
const FIELDS: ReadonlySet<string> = new Set([
  'attempt',
  'by',
  'connection',
  'error',
  'failed',
  'fired',
  'flow',
  'generation',
  'job',
  'keyId',
  'lap',
  'messageId',
  'open',
  'problem',
  'provider',
  'published',
  'reason',
  'revived',
  'runId',
  'started',
  'status',
  'trigger',
  'troubles',
  'waitSeconds',
]);

/** One word: an id, a code, a name. */
const WORD = /^[\w.:@/ -]{1,128}$/;

function isHarmless(value: Json): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && WORD.test(value));
}

/** The fields of a log line that may be written. */
export function allowedFields(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => FIELDS.has(name) && isHarmless(value)));
}

export interface Telemetry {
  readonly log: RunLog;
  /** Ties the lines that follow to one invocation. */
  begin(requestId: string): void;
}

export interface TelemetryOptions {
  /** Name of the function. */
  readonly service: string;
  /** Of the counts. @default Errand */
  readonly namespace?: string | undefined;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { service, namespace = NAMESPACE } = options;
  const logger = options.logger ?? new Logger({ serviceName: service });
  const metrics = options.metrics ?? new Metrics({ namespace, serviceName: service });
  return {
    begin(requestId) {
      logger.appendKeys({ requestId });
    },
    log: {
      info: (message, fields) => logger.info(message, allowedFields(fields)),
      warn: (message, fields) => logger.warn(message, allowedFields(fields)),
      error: (message, fields) => logger.error(message, allowedFields(fields)),
      count(metric, dimensions) {
        // Each count has dimensions of its own, so each is a record of its own, written at once: nothing to flush.
        const single = metrics.singleMetric();
        single.addDimensions({ ...dimensions });
        single.addMetric(metric, MetricUnit.Count, 1);
      },
    },
  };
}
