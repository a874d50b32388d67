/** Tracing of invocations that Lambda samples. The others do not even load it. */
import { errorCode } from './service-errors.ts';

export type Annotations = Readonly<Record<string, string | number | boolean>>;

/** A stretch of work in a trace. */
export interface Subsegment {
  fail(errorName: string): void;
  close(): void;
}

/** Lambda says in each invocation whether its trace is kept; on the laptop there is nobody to send it to. */
function isTraced(env: Readonly<Record<string, string | undefined>>): boolean {
  const { POWERTOOLS_TRACE_ENABLED: enabled, AWS_XRAY_DAEMON_ADDRESS: daemon, _X_AMZN_TRACE_ID: id = '' } = env;
  return enabled !== 'false' && daemon !== undefined && id.split(';').includes('Sampled=1');
}

/** A trace that cannot be written is no reason not to do the work. */
async function attempt<Result>(telling: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await telling();
  } catch {
    return undefined;
  }
}

let isColdStart = true;

/** Does the work, as a subsegment of the invocation's trace if there is one. Of an error only its name is told. */
export async function trace<Result>(
  name: string,
  annotations: Annotations,
  work: () => Promise<Result>,
): Promise<Result> {
  const all = { ...annotations, ColdStart: isColdStart };
  isColdStart = false;
  if (!isTraced(process.env)) return work();
  const subsegment = await attempt(async () => (await import('./tracing.ts')).openSubsegment(name, all));
  try {
    return await work();
  } catch (error) {
    await attempt(() => subsegment?.fail(errorCode(error)));
    throw error;
  } finally {
    await attempt(() => subsegment?.close());
  }
}
