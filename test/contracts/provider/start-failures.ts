import { describe, expect, it } from 'vitest';
import { serveHttp } from '../../http/servers.ts';
import { jsonReply, UNUSABLE_TITLES, unusable } from './bodies.ts';
import type { ProviderVariant } from './variant.ts';
import { errorOf, type FaultInput, openWorld, type SessionChanges, startRequest, unhurried } from './world.ts';

const IN_DOUBT = /^(ReplyLostError|ProviderProtocolError)$/;

/** What a start that goes wrong owes its callers: the truth about whether the platform may have taken it. */
export function describeStartFailures(variant: ProviderVariant): void {
  describe('when nothing was sent', () => describeNotSent(variant));
  describe('when the reply is lost', () => describeLost(variant));
  describe('when the platform says no', () => describeRefused(variant));
  describe('when a good status comes with a body that says nothing', () => describeUnusable(variant));
}

/** One start that fails; says what the platform has seen and taken. */
async function failedStart(variant: ProviderVariant, fault: FaultInput | undefined, changes: SessionChanges = {}) {
  await using world = await openWorld(variant);
  if (fault !== undefined) world.breakStarts(fault);
  const error = await errorOf(world.open(changes).start(startRequest(variant), unhurried));
  return { error, starts: world.starts().length, jobs: world.jobs().length };
}

function describeNotSent(variant: ProviderVariant): void {
  it('proves it for a closed port', async () => {
    await using world = await openWorld(variant);
    const closed = await serveHttp(() => undefined);
    await closed[Symbol.asyncDispose]();
    const session = world.open({ origin: closed.origin });
    const error = await errorOf(session.start(startRequest(variant), unhurried));
    expect(error).toMatchObject({ name: 'RequestNotSentError', untrustedServer: false });
    expect(world.simulator.requests).toHaveLength(0);
  });

  it('proves it for a name that nobody knows', async () => {
    await using world = await openWorld(variant);
    const unknown = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const http = {
      lookup: (_name: string, _options: object, done: (error: Error, address: string) => void) => done(unknown, ''),
    };
    const session = world.open({ origin: 'https://platform.invalid', http });
    const error = await errorOf(session.start(startRequest(variant), unhurried));
    expect(error).toMatchObject({ name: 'RequestNotSentError', cause: { code: 'ENOTFOUND' } });
    expect(world.simulator.requests).toHaveLength(0);
  });

  if (variant.loginPath === undefined) return;

  const logins: readonly (readonly [string, FaultInput])[] = [
    ['is reset', { kind: 'reset' }],
    ['answers 500', jsonReply({}, 500)],
    ['answers 503', jsonReply({}, 503)],
    ['redirects', { kind: 'reply', status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
    ...UNUSABLE_TITLES.filter((title) => title !== 'a text').map(
      (title) => [`answers ${title}`, unusable(title, false)] as const,
    ),
  ];
  it.each(logins)(
    'never calls a start in doubt because its login %s, since only the login was sent',
    async (_, fault) => {
      await using world = await openWorld(variant);
      world.simulator.faults.add({ path: variant.loginPath ?? '', times: 50, fault });
      const error = await errorOf(world.session.start(startRequest(variant), unhurried));
      expect(error.name).toMatch(/^(RequestNotSentError|ProviderUnauthorizedError)$/);
      expect(world.starts()).toHaveLength(0);
    },
  );
}

function describeLost(variant: ProviderVariant): void {
  it('calls it lost when the connection is reset after the platform has acted, and leaves one job behind', async () => {
    const { error, starts, jobs } = await failedStart(variant, { kind: 'reset-after' });
    expect({ name: error.name, starts, jobs }).toEqual({ name: 'ReplyLostError', starts: 1, jobs: 1 });
  });

  it('calls it lost when the connection is reset before the platform acts, since both look alike', async () => {
    const { error, starts, jobs } = await failedStart(variant, { kind: 'reset' });
    expect({ name: error.name, starts, jobs }).toEqual({ name: 'ReplyLostError', starts: 1, jobs: 0 });
  });

  it('calls it lost when the reply breaks off within its length', async () => {
    const { error, starts, jobs } = await failedStart(variant, { kind: 'cut-body', bytes: 9 });
    expect({ name: error.name, starts, jobs }).toEqual({ name: 'ReplyLostError', starts: 1, jobs: 1 });
  });

  it('is no success when the reply is larger than anybody reads', async () => {
    await using world = await openWorld(variant);
    const body = JSON.stringify({
      id: 'x',
      runId: 'x',
      processId: 'x',
      transactionId: 'x',
      text: 'x'.repeat(9_000_000),
    });
    world.breakStarts({ kind: 'reply-after', status: 200, body, headers: { 'content-type': 'application/json' } });
    const started = await world.session.start(startRequest(variant), unhurried).catch((error: Error) => error);
    // Where the reply is the result itself, the job has ended: only its output is more than can be kept.
    if (variant.started === 'SUCCEEDED' && !(started instanceof Error))
      expect(started).toMatchObject({ verdict: { status: 'FALLOUT', falloutReason: 'OUTPUT_TOO_LARGE' } });
    else expect(started).toMatchObject({ name: 'ReplyLostError' });
    expect(world.starts()).toHaveLength(1);
  });

  it.each([500, 502, 503, 504, 408, 425, 499])(
    'calls it lost when the reply is %i, because a proxy may have passed the request on',
    async (status) => {
      const { error, starts, jobs } = await failedStart(variant, { kind: 'reply-after', status, body: 'sorry' });
      expect(error).toMatchObject({ name: 'ReplyLostError', status });
      expect({ starts, jobs }).toEqual({ starts: 1, jobs: 1 });
    },
  );

  it.each([500, 502, 503])("takes the operator's word that %i proves that nothing was accepted", async (status) => {
    const settings = { serverErrorMeansNotAccepted: true };
    const { error, starts } = await failedStart(variant, { kind: 'reply', status, body: 'sorry' }, { settings });
    expect(error).toMatchObject({ name: 'RequestNotSentError', status });
    expect(starts).toBe(1);
  });

  it("does not stretch the operator's word to a reset or to half a reply", async () => {
    const settings = { serverErrorMeansNotAccepted: true };
    const reset = await failedStart(variant, { kind: 'reset' }, { settings });
    expect(reset.error.name).toBe('ReplyLostError');
    const cut = await failedStart(variant, { kind: 'cut-body', bytes: 9 }, { settings });
    expect(cut.error.name).toBe('ReplyLostError');
  });

  it.each([301, 302, 303, 307, 308])(
    'does not follow a redirect with %i, which would take key and job elsewhere',
    async (status) => {
      await using elsewhere = await serveHttp((_request, response) => response.end('{}'));
      const headers = { location: `${elsewhere.origin}/take?job=1` };
      const { error, starts } = await failedStart(variant, { kind: 'reply-after', status, headers });
      expect(error).toMatchObject({ name: 'ReplyLostError', status });
      expect(starts).toBe(1);
      expect(elsewhere.connections).toBe(0);
    },
  );
}

function describeRefused(variant: ProviderVariant): void {
  it.each([400, 405, 409, 413, 415, 422])('takes %i for a refusal', async (status) => {
    const { error, starts } = await failedStart(variant, { kind: 'reply', status, body: 'no' });
    expect(error).toMatchObject({ name: 'ProviderRefusedError', status });
    expect(starts).toBe(1);
  });

  it.each([401, 403])('takes %i for a refusal of the key', async (status) => {
    const { error } = await failedStart(variant, { kind: 'reply', status, body: 'no' });
    expect(error).toMatchObject({ name: 'ProviderUnauthorizedError', status, disguised: false });
  });

  it('knows how this platform answers a wrong key, and starts nothing with it', async () => {
    await using world = await openWorld(variant);
    const session = world.open({ credentials: variant.wrongKey.credentials });
    const error = await errorOf(session.start(startRequest(variant), unhurried));
    expect(error).toMatchObject(variant.wrongKey.error);
    expect(world.jobs()).toHaveLength(0);
  });

  if (variant.loginPath !== undefined)
    it('logs in again when its token is refused, and still makes one job: 401 took nothing', async () => {
      await using world = await openWorld(variant);
      world.simulator.faults.add({ path: variant.startPath, fault: { kind: 'reply', status: 401 } });
      await world.session.start(startRequest(variant), unhurried);
      const [first, second] = world.starts().map(({ headers }) => headers.authorization);
      expect(first).not.toBe(second);
      expect(world.starts()).toHaveLength(2);
      expect(world.jobs()).toHaveLength(1);
    });

  const date = 'Mon, 05 Jan 2026 09:00:00 GMT';
  const hints: readonly (readonly [string, Record<string, string>, number | undefined])[] = [
    ['seconds', { 'retry-after': '7' }, 7_000],
    ["a date, against the platform's own clock", { date, 'retry-after': 'Mon, 05 Jan 2026 09:00:30 GMT' }, 30_000],
    ['a date that has passed', { date, 'retry-after': 'Mon, 05 Jan 2026 08:00:00 GMT' }, 1_000],
    ['too many seconds', { 'retry-after': '999999999' }, 3_600_000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ];
  it.each(hints)('takes 429 for "later", with the hint of %s', async (_, headers, retryAfterMs) => {
    const { error, starts } = await failedStart(variant, { kind: 'reply', status: 429, headers });
    expect(error).toMatchObject({ name: 'ProviderThrottledError', retryAfterMs });
    expect(starts).toBe(1);
  });
}

function describeUnusable(variant: ProviderVariant): void {
  const meaningful = variant.meaningful?.bodies ?? [];
  const silent = UNUSABLE_TITLES.filter((title) => !meaningful.includes(title));

  it.each(silent)('is in doubt, never refused and never a success: %s', async (title) => {
    const { error, starts, jobs } = await failedStart(variant, unusable(title, true));
    expect(error.name).toMatch(IN_DOUBT);
    expect({ starts, jobs }).toEqual({ starts: 1, jobs: 1 });
  });

  for (const title of meaningful)
    it(`is a result, because ${variant.meaningful?.because}: ${title}`, async () => {
      await using world = await openWorld(variant);
      world.breakStarts(unusable(title, true));
      const started = await world.session.start(startRequest(variant), unhurried);
      expect(started).toMatchObject({ kind: 'ended' });
      expect(world.starts()).toHaveLength(1);
    });

  const { startReply } = variant;
  if (startReply === undefined) return;

  it('is in doubt when the reply names no run', async () => {
    const { error } = await failedStart(variant, jsonReply(startReply.withoutId));
    expect(error.name).toMatch(IN_DOUBT);
  });

  it.each(Object.keys(variant.polling?.words ?? {}))(
    'is in doubt when the reply names no run, though it says %s: the word may be about anything',
    async (word) => {
      for (const id of ['', '../x', null]) {
        const { error } = await failedStart(variant, jsonReply(startReply.body(id, word)));
        expect(error.name).toMatch(IN_DOUBT);
      }
    },
  );

  it.each([
    '',
    '..',
    '.',
    'a/b',
    '../x',
    'a\\b',
    '%2e%2e',
    '..%2fx',
    'a\u0000b',
    'a\nb',
    'x'.repeat(5_000),
    true,
    [],
    {},
  ])('is in doubt when the id is none that can go into an address: %j', async (id) => {
    const { error } = await failedStart(variant, jsonReply(startReply.body(id)));
    expect(error.name).toMatch(IN_DOUBT);
  });
}
