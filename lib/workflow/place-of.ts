import type { Connection, Flow } from '../domain/config.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/** The run's flow and connection as the configuration has them now; undefined when they were taken out. */
export function placeOf(
  dependencies: Dependencies,
  run: Run,
): { readonly flow: Flow; readonly connection: Connection; readonly connectionId: string } | undefined {
  const flow = dependencies.config.flows[run.flowId];
  const connection = flow === undefined ? undefined : dependencies.config.connections[flow.connection];
  return flow === undefined || connection === undefined
    ? undefined
    : { flow, connection, connectionId: flow.connection };
}
