/** Connections as the API shows them, and what people decide on them. */
import { z } from 'zod';
import { CommandError } from '../frame/command-error.ts';
import { createApiCaller } from '../target/errand-api.ts';
import type { ApiTarget } from '../target/errand-target.ts';

/** Every field that the API has sent, for programs; those that people are told are named. */
const connectionSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  limits: z.looseObject({ inFlight: z.number().exactOptional() }),
  inFlight: z.number().exactOptional(),
  queued: z.number().exactOptional(),
  breaker: z.looseObject({ state: z.string(), nextCanaryAt: z.string().exactOptional() }),
  paused: z
    .looseObject({ at: z.string(), by: z.string().exactOptional(), reason: z.string().exactOptional() })
    .exactOptional(),
  toldToWaitUntil: z.string().exactOptional(),
  lastSuccessAt: z.string().exactOptional(),
  lastError: z.looseObject({ at: z.string(), message: z.string() }).exactOptional(),
});
export type ShownConnection = z.output<typeof connectionSchema>;

const listSchema = z.looseObject({ items: z.array(connectionSchema) });

/** Each throws a CommandError. */
export interface ConnectionsDesk {
  list(): Promise<readonly ShownConnection[]>;
  pause(id: string, reason?: string): Promise<ShownConnection>;
  resume(id: string): Promise<ShownConnection>;
}

export function openConnectionsDesk(target: ApiTarget): ConnectionsDesk {
  const call = createApiCaller(target);
  const root = '/v1/connections';
  async function decide(id: string, decision: string, body: object): Promise<ShownConnection> {
    const path = `${root}/${encodeURIComponent(id)}/${decision}`;
    const decided = await call({ method: 'POST', path, body, schema: connectionSchema });
    if (decided !== undefined) return decided;
    throw new CommandError(
      `There is no connection "${id}" that this API key may ${decision}. "errand connections" shows those there are.`,
      1,
    );
  }
  return {
    async list() {
      const listed = await call({ method: 'GET', path: root, schema: listSchema });
      if (listed !== undefined) return listed.items;
      throw new CommandError(`The API at ${target.url} has no connections: it is not Errand’s.`);
    },
    pause: (id, reason) => decide(id, 'pause', reason === undefined ? {} : { reason }),
    resume: (id) => decide(id, 'resume', {}),
  };
}
