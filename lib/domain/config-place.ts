import type { Config, Connection, Flow } from './config.ts';
import type { JsonObject } from './json.ts';

/** What a run needs to be known by in the configuration. */
export interface Placed {
  readonly flowId: string;
  /** The connection that it was accepted for, or started over. */
  readonly connection: string;
  /** What its job was started as, from the call on. */
  readonly target?: JsonObject;
}

export interface ConfigPlace {
  /** As it is configured now. */
  readonly flow: Flow;
  readonly connection: Connection;
  readonly connectionId: string;
  /** What the run's job was started as; before, what it would be started as now. */
  readonly target: JsonObject;
}

/**
 * The flow and the connection of a run as they are configured now: its own connection, also where the flow has been moved
 * to another, because its job is there; the flow's where its own was taken out. Undefined when neither is left.
 */
export function placeIn(
  config: Config,
  { flowId, connection: own, target: startedAs }: Placed,
): ConfigPlace | undefined {
  const flow = config.flows[flowId];
  if (flow === undefined) return undefined;
  const connectionId = config.connections[own] === undefined ? flow.connection : own;
  const connection = config.connections[connectionId];
  if (connection === undefined) return undefined;
  return { flow, connection, connectionId, target: startedAs ?? (flow.target as JsonObject) };
}
