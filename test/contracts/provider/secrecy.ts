import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { jsonReply } from './bodies.ts';
import { type ProviderVariant, triableReads } from './variant.ts';
import { type FaultInput, openWorld, read, startedHandle, startRequest, unhurried } from './world.ts';

/** What every error owes: to be printed anywhere without telling a key, a token, a password or a parameter. */
export function describeSecrecy(variant: ProviderVariant): void {
  const hidden = hiddenIn(variant);
  const echo = hidden.join(' ');
  const scenes = scenesOf(echo);

  it.each(Object.keys(scenes))(
    'shows nothing of key and parameters in an error, however printed: start, %s',
    async (title) => {
      await using world = await openWorld(variant);
      world.breakStarts(scenes[title] as FaultInput);
      expectHidden(await outcomeOf(world.session.start(startRequest(variant), unhurried)), [
        ...hidden,
        ...tokensSeen(world),
      ]);
    },
  );

  it('shows nothing of key and parameters in an error, however printed: nothing listens', async () => {
    await using world = await openWorld(variant);
    const session = world.open({ origin: 'http://127.0.0.1:9' });
    expectHidden(await outcomeOf(session.start(startRequest(variant), unhurried)), hidden);
  });

  it('shows nothing of a parameter that cannot be sent', async () => {
    await using world = await openWorld(variant);
    const parameters = Object.fromEntries(
      Object.entries(variant.parameters).map(([name, value]) => [name, `${value}\u0000\ud800`]),
    );
    expectHidden(await outcomeOf(world.session.start({ ...startRequest(variant), parameters }, unhurried)), hidden);
  });

  it('shows nothing of a raw body that cannot be sent', async () => {
    await using world = await openWorld(variant);
    const request = { ...startRequest(variant), parameters: {}, rawBody: `<a><![CDATA[${echo}` };
    expectHidden(await outcomeOf(world.session.start(request, unhurried)), hidden);
  });

  if (variant.loginPath !== undefined)
    it.each(Object.keys(scenes))(
      'shows nothing of the password in an error, however printed: login, %s',
      async (title) => {
        await using world = await openWorld(variant);
        world.simulator.faults.add({ path: variant.loginPath ?? '', times: 50, fault: scenes[title] as FaultInput });
        expectHidden(await outcomeOf(world.session.start(startRequest(variant), unhurried)), hidden);
      },
    );

  for (const which of triableReads(variant))
    it(`shows nothing of key and parameters in an error, however printed: every failure of ${which}`, async () => {
      for (const fault of Object.values(scenes)) {
        await using world = await openWorld(variant);
        const handle = await startedHandle(variant, world.session);
        world.breakEverything(fault);
        const outcome = await outcomeOf(read(variant, world.session, which, { handle, intentAt: world.intentAt() }));
        expectHidden(outcome, [...hidden, ...tokensSeen(world)]);
      }
    });
}

function hiddenIn({ secrets, parameters }: ProviderVariant): readonly string[] {
  return [...secrets, ...Object.values(parameters).map(String)];
}

/** Tokens that a login brought; they are in no configuration. */
function tokensSeen(world: Awaited<ReturnType<typeof openWorld>>): readonly string[] {
  return world.calls().flatMap(({ headers }) => /^(?:Bearer|Basic) (.+)$/.exec(headers.authorization ?? '')?.[1] ?? []);
}

/** Platforms and proxies like to repeat what they were sent. */
function scenesOf(echo: string): Readonly<Record<string, FaultInput>> {
  const field = { text: [echo] };
  const json = {
    message: echo,
    id: field,
    runId: field,
    processId: field,
    transactionId: 5,
    status: field,
    data: { id: field },
    [echo]: 1,
  };
  const statuses = [400, 401, 403, 404, 405, 408, 409, 422, 429, 500, 502, 503];
  const location = `http://127.0.0.1:9/?q=${encodeURIComponent(echo)}`;
  return {
    reset: { kind: 'reset' },
    'half a reply': { kind: 'cut-body', bytes: 9 },
    'a redirect': { kind: 'reply', status: 302, headers: { location }, body: echo },
    'JSON with an echo': jsonReply(json),
    'a page with an echo': {
      kind: 'reply',
      status: 200,
      body: `<html>${echo}`,
      headers: { 'content-type': 'text/html' },
    },
    'broken JSON with an echo': {
      kind: 'reply',
      status: 200,
      body: `{"${echo}`,
      headers: { 'content-type': 'application/json' },
    },
    ...Object.fromEntries(
      statuses.map((status) => [`${status} with an echo`, jsonReply(json, status, { 'retry-after': '1' })]),
    ),
  };
}

async function outcomeOf(promise: Promise<unknown>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

function expectHidden(error: Error | undefined, hidden: readonly string[]): void {
  const prints: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    prints.push(String(cause), cause.message, String(cause.stack), JSON.stringify(cause), JSON.stringify({ ...cause }));
  if (error !== undefined) prints.push(inspect(error, { depth: 20 }));
  const printed = prints.join('\n');
  expect(hidden.filter((value) => printed.includes(value) || printed.includes(encodeURIComponent(value)))).toEqual([]);
}
