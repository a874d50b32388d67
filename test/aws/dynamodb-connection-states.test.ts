import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnectionStates } from '../../lib/aws/dynamodb-connection-states.ts';
import type { ConnectionStates } from '../../lib/workflow/ports.ts';
import { describeConnectionStates } from '../contracts/connection-states.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let world: TestTable;
let states: ConnectionStates;
let now = Date.parse('2026-11-22T10:00:00Z');

function container(client = world.client): ConnectionStates {
  return createConnectionStates({ ...world, client, clock: { now: () => now } });
}

beforeAll(async () => {
  world = await startTable();
  states = container();
});
afterAll(() => world.close());

describeConnectionStates('the table', () => states);

/** The client, with something done to what each command gives. */
function through(answer: (name: string, sent: Promise<unknown>) => Promise<unknown>) {
  const { client } = world;
  return Object.assign(Object.create(client), {
    send: (command: Parameters<typeof client.send>[0]) => answer(command.constructor.name, client.send(command)),
  }) as typeof client;
}

describe('the state of a connection in a container', () => {
  it('is at most a second old, however often it is asked for, and read once within that second', async () => {
    let reads = 0;
    const [one, two] = [
      container(
        through((_name, sent) => {
          reads += 1;
          return sent;
        }),
      ),
      container(),
    ];
    await Promise.all(Array.from({ length: 100 }, () => one.get('asked')));
    await two.save('asked', { version: 1, failures: 1 });
    now += 999;
    expect(await one.get('asked')).toMatchObject({ version: 0 });
    expect(reads).toBe(1);
    now += 1;
    expect(await one.get('asked')).toMatchObject({ version: 1 });
    expect(reads).toBe(2);
  });

  it('is read anew for whoever is about to write, and then known to all', async () => {
    const [one, two] = [container(), container()];
    await one.get('fresh');
    await two.save('fresh', { version: 1, failures: 1 });
    expect(await one.getNow('fresh')).toMatchObject({ version: 1 });
    expect(await one.get('fresh')).toMatchObject({ version: 1 });
  });

  it('is read anew after a write that somebody else was before', async () => {
    const [one, two] = [container(), container()];
    await one.get('lost');
    await two.save('lost', { version: 1, failures: 1 });
    expect(await one.save('lost', { version: 1, failures: 0 })).toBe(false);
    expect(await one.get('lost')).toEqual({ version: 1, failures: 1 });
  });

  it('is read anew when the clock was put back', async () => {
    const [one, two] = [container(), container()];
    await one.get('jump');
    await two.save('jump', { version: 1, failures: 1 });
    now -= 60_000;
    expect(await one.get('jump')).toMatchObject({ version: 1 });
  });

  it('counts as written when only the answer was lost, and not when another wrote the very same', async () => {
    const deaf = container(
      through(async (name, sent) => {
        await sent;
        if (name === 'PutItemCommand') throw new Error('the line went dead');
        return sent;
      }),
    );
    expect(await deaf.save('deaf', { version: 1, failures: 1 })).toBe(true);
    expect(await deaf.save('deaf', { version: 1, failures: 1 })).toBe(false);
    expect(await deaf.save('deaf', { version: 2, failures: 2 })).toBe(true);
  });

  it('is asked for again when the table did not answer', async () => {
    let isAway = true;
    const one = container(
      through((_name, sent) => (isAway ? sent.then(() => Promise.reject(new Error('away'))) : sent)),
    );
    await expect(one.get('away')).rejects.toMatchObject({ name: 'StoreUnavailableError' });
    isAway = false;
    expect(await one.get('away')).toMatchObject({ version: 0 });
  });
});
