import { type ConfigPlace, placeIn } from '../domain/config-place.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/** Not started yet, and its flow leads to another connection by now: so will its start. */
export function hasMoved({ config }: Dependencies, { flowId, connection, maybeStarted, handle }: Run): boolean {
  const to = config.flows[flowId]?.connection;
  const isFree = maybeStarted === undefined && handle === undefined;
  return isFree && to !== undefined && to !== connection && config.connections[to] !== undefined;
}

/** The run's flow and connection as the configuration has them now; undefined when they were taken out. */
export function placeOf({ config }: Dependencies, run: Run): ConfigPlace | undefined {
  return placeIn(config, run);
}
