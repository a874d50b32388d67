import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../lib/domain/config.ts';
import { StaleRunError } from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { admitNext } from '../../lib/workflow/in-flight.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld } from '../helpers/world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const PARAMETERS = { name: { type: 'text' }, email: { type: 'email' } };
const configAt = (connection: string): Config =>
  configSchema.parse({
    connections: {
      acme: { provider: 'bryter', baseUrl: 'https://acme.example.com' },
      next: { provider: 'bryter', baseUrl: 'https://next.example.com', limits: { inFlight: 1 } },
    },
    flows: { onboard: { connection, target: { module: 'acme' }, parameters: PARAMETERS } },
  });

function worldOf() {
  const order: string[] = [];
  const session: ProviderSession = {
    async start({ runId }) {
      order.push(runId);
      return { kind: 'accepted', handle: runId, remoteId: runId, status: 'RUNNING' };
    },
    poll: async () => RUNNING,
  };
  const world = createWorld({ session, config: configAt('acme') });
  const { inFlight } = world.dependencies;
  const begin = (runId: string, generation = 1) => startRun(world.dependencies, { runId, generation }, { signal });
  const move = () => Object.assign(world.dependencies, { config: configAt('next') });
  return { world, order, inFlight, begin, move };
}

describe('a run that is moved into the line of another connection', () => {
  it('keeps its place there when its turn comes at once, and nobody has more slots than there are', async () => {
    const { world, order, inFlight, begin, move } = worldOf();
    const moved = await world.accept();
    move();
    const other = await world.accept();
    await inFlight.take('next', { runId: 'run_ended', leaseUntil: world.now() + 900_000 }, 1);
    expect(await begin(other.id)).toMatchObject({ next: 'PARK' });
    const { enqueue } = inFlight;
    Object.assign(inFlight, {
      async enqueue(...asked: Parameters<typeof enqueue>) {
        await enqueue(...asked);
        Object.assign(inFlight, { enqueue });
        // The last job there ends just now, and its slot goes to the first in line: by what the record says.
        await inFlight.release('next', 'run_ended');
        await admitNext(world.dependencies, 'next');
      },
    });
    // The generation that stood in line finds that another has been woken.
    await expect(begin(moved.id)).rejects.toBeInstanceOf(StaleRunError);
    expect(world.started.at(-1)).toEqual({ runId: moved.id, generation: 2 });
    await begin(moved.id, 2);
    expect(order).toEqual([moved.id]);
    expect((await inFlight.holders('next')).map(({ runId }) => runId)).toEqual([moved.id]);
    expect(await inFlight.line('next', 5)).toMatchObject([{ runId: other.id }]);
  });

  it('says in its timeline where it goes', async () => {
    const { world, begin, move } = worldOf();
    const moved = await world.accept();
    move();
    await begin(moved.id);
    const told = (await world.store.events(moved.id)).map(({ message }) => message);
    expect(told).toContain('Its flow leads to the connection "next" by now, and so does its start.');
  });
});
