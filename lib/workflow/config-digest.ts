import { configDigest } from '../domain/config-digest.ts';
import type { Run } from '../domain/run.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';

/** What the configuration says now of a start of this run, as one word; undefined when its flow was taken out. */
export function configDigestOf(dependencies: Dependencies, run: Run): string | undefined {
  const place = placeOf(dependencies, run);
  return place === undefined ? undefined : configDigest(place);
}
