import { type ConfigPlace, placeIn } from '../domain/config-place.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/** The run's flow and connection as the configuration has them now; undefined when they were taken out. */
export function placeOf({ config }: Dependencies, run: Run): ConfigPlace | undefined {
  return placeIn(config, run);
}
