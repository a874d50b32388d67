import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { PHIXFLOW_TARGETS, type PhixflowOptions } from '../../lib/simulators/phixflow.ts';
import { endpoint, JSON_TYPE, open, start, startAnswered } from '../helpers/phixflow.ts';

describe('the HTTP status before the word in a phixflow reply', () => {
  const answer = (status: number, body: Json) =>
    startAnswered({ mode: 'sync' }, { status, body: JSON.stringify(body), headers: JSON_TYPE });

  it.each([
    ['Success', { status: 'Success' }, 'SUCCEEDED'],
    ['Fail', { status: 'Fail' }, 'FAILED'],
    ['success: false', { success: false }, 'FAILED'],
    ['Fail beside success: true', { status: 'Fail', success: true }, 'FAILED'],
    ["a word of the author's own business", { status: 'posted' }, 'SUCCEEDED'],
    ['no word', { outputs: {} }, 'SUCCEEDED'],
  ])('reads 200 with %s', async (_, body, status) => {
    await expect(answer(200, body)).resolves.toMatchObject({ kind: 'ended', verdict: { status } });
  });

  it("keeps the author's message of a failure", async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.rejectOrder });
    await expect(start(session)).resolves.toEqual({
      kind: 'ended',
      verdict: {
        status: 'FAILED',
        remoteStatus: 'false',
        error: { code: 'PROVIDER_FAILED', message: 'The customer is blocked.' },
      },
    });
  });

  it('takes a status code of the author with a Fail word for a failure: the endpoint has run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.validateOrder });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'FAILED', remoteStatus: 'Fail' } });
  });

  it.each([400, 404, 409, 422])('takes %i without a word for a refusal', async (status) => {
    await expect(answer(status, { hint: 'no' })).resolves.toMatchObject({ name: 'ProviderRefusedError', status });
  });

  it('takes 422 with a Success word for a refusal, because the status comes first', async () => {
    await expect(answer(422, { status: 'Success' })).resolves.toMatchObject({ name: 'ProviderRefusedError' });
  });

  it('takes 500 with a Fail word for a failure, and 500 without one for a lost reply', async () => {
    await expect(answer(500, { status: 'Fail' })).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
    await expect(answer(500, { status: 500 })).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it.each([408, 425, 460, 499, 502, 503, 504, 520, 522, 527, 530])(
    'does not believe a word of failure with %i, because a proxy calls its own trouble that',
    async (status) => {
      for (const body of [{ status: 'error' }, { success: false }])
        await expect(answer(status, body)).resolves.toMatchObject({ name: 'ReplyLostError', status });
    },
  );

  it.each([501, 505, 519, 531])('believes it with %i, which no proxy sends for its server', async (status) => {
    await expect(answer(status, { success: false })).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
  });

  it('takes 429 for "later" whatever the body says', async () => {
    const later = await answer(429, { status: 'Fail' });
    expect(later).toMatchObject({ name: 'ProviderThrottledError' });
  });

  it('does not follow a redirect, nor believe a word beside it', async () => {
    const headers = { ...JSON_TYPE, location: 'https://elsewhere.example.com/' };
    const reply = { status: 307, headers, body: '{"status":"Fail"}' };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it("takes the operator's word that a 5xx means nothing was accepted", async () => {
    const settings = { serverErrorMeansNotAccepted: true };
    await expect(startAnswered({ mode: 'sync' }, { status: 503 }, settings)).resolves.toMatchObject({
      name: 'RequestNotSentError',
    });
  });
});

describe('a synchronous phixflow timeout aborts the command', () => {
  const late = (abortShows: NonNullable<PhixflowOptions['abortShows']>, settings: JsonObject = {}) =>
    open({
      platform: { abortShows },
      target: PHIXFLOW_TARGETS.yearReport,
      settings: { timeoutMs: 10_000, ...settings },
    });

  it.each(['500', '504'] as const)('ends as TIMED_OUT when %i says so by its word', async (abortShows) => {
    const { session, jobs } = await late(abortShows);
    await expect(start(session)).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'TIMED_OUT', remoteStatus: 'Aborted', error: { code: 'PROVIDER_TIMED_OUT' } },
    });
    expect(jobs()).toMatchObject([{ state: 'aborted' }]);
  });

  it('stays in doubt with a bare 504, because a gateway with a shorter patience sends the same', async () => {
    const { session } = await late('bare-504');
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError', status: 504 });
  });

  it("ends as TIMED_OUT with a bare 504 where the operator knows it for PhixFlow's own", async () => {
    const { session } = await late('bare-504', { abortStatuses: [504] });
    await expect(start(session)).resolves.toMatchObject({
      verdict: { status: 'TIMED_OUT', remoteStatus: 'HTTP 504' },
    });
  });

  it('stays in doubt when the connection is dropped instead of answered', async () => {
    const { session, jobs } = await late('drop');
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(jobs()).toMatchObject([{ state: 'aborted' }]);
  });

  it('is overridden by the endpoint property, and that by the timeout in the URL', async () => {
    const slow = { mode: 'sync', durationMs: 5_000 } as const;
    const endpoints = [endpoint({ ...slow, timeoutMs: 2_000 })];
    const target = { application: 'App', endpoint: 'Endpoint', mode: 'sync' };
    const byProperty = await open({ platform: { endpoints }, target });
    await expect(start(byProperty.session)).resolves.toMatchObject({ verdict: { status: 'TIMED_OUT' } });
    const byUrl = await open({ platform: { endpoints }, target, settings: { timeoutMs: 6_000 } });
    await expect(start(byUrl.session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});

describe('phixflow records that are sent one at a time fail one at a time', () => {
  const book = async (lines: Json, settings: JsonObject = {}) => {
    const { session } = await open({ target: { ...PHIXFLOW_TARGETS.bookLines, settings } });
    return start(session, { lines });
  };
  const good = { sku: 'A1', quantity: 1 };
  const bad = { sku: 'B2', quantity: 0 };

  it('ends with warnings when some failed, although the reply says success', async () => {
    await expect(book([good, bad, good])).resolves.toMatchObject({
      verdict: {
        status: 'SUCCEEDED_WITH_WARNINGS',
        error: {
          message: '1 of 3 records failed',
          details: [{ record: 1, status: 'Fail', message: 'the quantity must be positive' }],
        },
      },
      output: { value: { success: true } },
    });
  });

  it('fails when all failed, although the reply says success', async () => {
    const started = await book([bad, bad]);
    expect(started).toMatchObject({ verdict: { status: 'FAILED', error: { message: '2 of 2 records failed' } } });
    expect(started).not.toHaveProperty('output');
  });

  it('succeeds when none failed, and when there are none', async () => {
    await expect(book([good])).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    await expect(book([])).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });

  it('does not look for records where the operator says that the list is data', async () => {
    await expect(book([bad], { recordsPointers: [] })).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});
