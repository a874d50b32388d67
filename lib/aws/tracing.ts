/** Our part of an X-Ray trace. Takes longer to load than all the rest of a function, so `trace.ts` loads it on demand. */
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Annotations, Subsegment } from './trace.ts';

// Requests are left out: their addresses, which it would record, are a platform's business and ours.
const tracer = new Tracer({ captureHTTPsRequests: false });
/** Lambda's own segment of whatever invocation runs. The SDK keeps it where only the code that loads it finds it. */
const segment = tracer.getSegment();

/** Opens a subsegment below Lambda's own segment; undefined when the SDK does not know that. */
export function openSubsegment(name: string, annotations: Annotations): Subsegment | undefined {
  const subsegment = tracer.provider.getNamespace().runAndReturn(() => {
    tracer.setSegment(segment as NonNullable<typeof segment>);
    // Asked for again, because this is when it reads which trace the invocation belongs to.
    return tracer.getSegment()?.addNewSubsegment(`## ${name}`);
  });
  if (subsegment === undefined) return undefined;
  for (const [key, value] of Object.entries(annotations)) subsegment.addAnnotation(key, value);
  return {
    fail(errorName) {
      // Not `addError`, which keeps message and stack: both may quote what a platform said.
      subsegment.addFaultFlag();
      subsegment.addAnnotation('error', errorName);
    },
    close: () => subsegment.close(),
  };
}
