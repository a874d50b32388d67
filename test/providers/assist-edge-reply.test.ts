import { describe, expect, it } from 'vitest';
import { answer, open, options, platform, request, retry, submits, sync } from '../helpers/assist-edge.ts';

describe('assist-edge replies', () => {
  it('to an asynchronous request say success when it is merely queued: HANDED_OFF, never SUCCEEDED', async () => {
    const simulator = await platform();
    const started = await open(simulator).start(request(), options());
    expect(started).toEqual({
      kind: 'ended',
      remoteId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      verdict: { status: 'HANDED_OFF', remoteStatus: 'success' },
    });
  });

  it('are never asked for again, since there is no status, result, list or cancel call', async () => {
    const session = open(await platform());
    expect([session.poll, session.fetchOutput, session.cancel, session.find, session.answer]).toEqual(
      Array(5).fill(undefined),
    );
    expect(session.startTimeoutMs).toBeUndefined();
  });

  const layers = [
    ['1 (refused before the queue)', 'Layer1', 'FALLOUT', 'BsnErr201'],
    ['2 (the robot failed under the word success)', 'Layer2', 'FAILED', 'BsnErr202'],
    ['3 (IsError is the string "True")', 'Layer3', 'FAILED', undefined],
    ['4 (a failure word with error_msg)', 'Layer4', 'FAILED', 'BsnErr204'],
  ] as const;
  const table = layers.flatMap((layer) => ([200, 400, 500] as const).map((status) => [...layer, status] as const));
  it.each(table)(
    'of layer %s, process %s, end %s with code %s under HTTP %s',
    async (_, processName, expected, code, failureStatus) => {
      const simulator = await platform({ switches: { failureStatus } });
      const session = open(simulator, { settings: { selfReportedFailure: true }, ...sync({ processName }) });
      const started = await session.start(request(), options());
      expect(started).toMatchObject({
        kind: 'ended',
        verdict: { status: expected, error: { code: 'PROVIDER_FAILED' } },
      });
      expect(JSON.stringify(started)).toContain(code ?? 'layer 3 says no');
      expect(started).not.toHaveProperty('output');
    },
  );

  it('refused before the queue have no transactionId: the instance is the only handle', async () => {
    const simulator = await platform();
    answer(simulator, 400, {
      timestamp: '2024-02-23T12:52:27.919Z',
      errors: [{ code: 'BsnErr002', message: 'Queue is not available hence message moved to fallout queue.' }],
      instance: 'ba76f1cf-b06e',
    });
    expect(await open(simulator).start(request(), options())).toEqual({
      kind: 'ended',
      remoteId: 'ba76f1cf-b06e',
      verdict: {
        status: 'FALLOUT',
        falloutReason: 'INPUT_REJECTED',
        class: 'business',
        error: {
          code: 'PROVIDER_FAILED',
          message: expect.stringContaining('BsnErr002 Queue is not available'),
          details: [{ code: 'BsnErr002', description: 'Queue is not available hence message moved to fallout queue.' }],
        },
      },
    });
  });

  it('with IsError "True" succeed unless the connection opts in, for it is a convention of some processes', async () => {
    const started = await open(await platform(), sync({ processName: 'Layer3' })).start(request(), options());
    expect(started).toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });

  it('with IsError "False" succeed although that string is truthy', async () => {
    const session = open(await platform(), { settings: { selfReportedFailure: true }, ...sync() });
    expect(await session.start(request(), options())).toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });

  it('with the report already unpacked are read all the same', async () => {
    const simulator = await platform({ switches: { report: 'object' } });
    const started = await open(simulator, sync({ processName: 'Layer2' })).start(request(), options());
    expect(started).toMatchObject({ verdict: { status: 'FAILED', remoteStatus: 'success' } });
  });

  it('with an unreadable report are no ambiguous start: a robot has finished, only how is unknown', async () => {
    const simulator = await platform({ switches: { report: 'unreadable' } });
    const started = await open(simulator, sync()).start(request(), options());
    expect(started).toMatchObject({
      remoteId: expect.any(String),
      verdict: { status: 'FALLOUT', falloutReason: 'UNKNOWN_STATUS', remoteStatus: 'success' },
    });
  });

  it.each([
    ['an acknowledge to a synchronous request', { status: 'success', response: { acknowledge: true } }, 'HANDED_OFF'],
    ['success without a report', { status: 'success', response: {} }, 'FALLOUT'],
    ['success with acknowledge false', { status: 'success', response: { acknowledge: false } }, 'FALLOUT'],
    ['a word that is not documented', { status: 'parked', transactionId: 't-1' }, 'FALLOUT'],
    ['failed, the other spelling', { status: 'failed', error: { error_msg: 'no' } }, 'FAILED'],
    [
      'success with an error beside the report',
      { status: 'success', response: report(), error: 'odd' },
      'SUCCEEDED_WITH_WARNINGS',
    ],
    [
      'success with an empty error beside the report',
      { status: 'success', response: report(), error: { error_msg: '' } },
      'SUCCEEDED',
    ],
    ['an error that is an object instead of a list', { status: 'success', response: report({ Code: 'X' }) }, 'FAILED'],
    ['empty errors', { errors: [], status: 'success', response: report() }, 'SUCCEEDED'],
  ])('that hold %s', async (_, body, expected) => {
    const simulator = await platform();
    answer(simulator, 200, body);
    expect(await open(simulator, sync()).start(request(), options())).toMatchObject({ verdict: { status: expected } });
  });

  it.each([
    ['HTTP 500 as a page', 500, 'Internal Server Error', 'ReplyLostError'],
    [
      "a web server's 500 in JSON, whose status is a number",
      500,
      { status: 500, error: 'Internal Server Error' },
      'ReplyLostError',
    ],
    [
      "a gateway's own errors, behind which the request may run",
      502,
      { errors: [{ message: 'upstream' }] },
      'ReplyLostError',
    ],
    ["a proxy's 408 in the same shape", 408, { errors: [{ message: 'too slow' }] }, 'ReplyLostError'],
    ["a gateway's 524 in the same shape", 524, { errors: [{ message: 'too slow' }] }, 'ReplyLostError'],
    ["a gateway's own failure word", 504, { status: 'failure', error: 'timeout' }, 'ReplyLostError'],
    [
      'HTTP 500 with a body of success',
      500,
      { status: 'success', response: { acknowledge: true } },
      'ProviderProtocolError',
    ],
    ['HTTP 200 as a page', 200, '<html>Welcome</html>', 'ReplyLostError'],
    ['HTTP 200 with half a reply', 200, '{"transactionId":"7f6f","sta', 'ReplyLostError'],
    ['HTTP 200 with an empty object', 200, {}, 'ProviderProtocolError'],
    ['HTTP 404', 404, 'Not found', 'ProviderRefusedError'],
    ['HTTP 429', 429, { errors: [{ message: 'slow down' }] }, 'ProviderThrottledError'],
    ['HTTP 403', 403, { errors: [{ message: 'no' }] }, 'ProviderUnauthorizedError'],
  ])('that prove no verdict are errors by what is known: %s', async (_, status, body, name) => {
    const simulator = await platform();
    answer(simulator, status, body);
    await expect(open(simulator).start(request(), options())).rejects.toMatchObject({ name });
    expect(submits(simulator)).toHaveLength(1);
  });

  it.each(['reset-after', 'cut-body'] as const)(
    'cut by %s while a robot works are lost, and nothing is sent again',
    async (kind) => {
      const simulator = await platform();
      const fault = kind === 'cut-body' ? { kind, bytes: 40 } : { kind };
      simulator.faults.add({ path: 'automation', fault });
      const start = open(simulator, sync({ processName: 'Slow' })).start(request(), options());
      await expect(start).rejects.toMatchObject({ name: 'ReplyLostError' });
      expect(submits(simulator)).toHaveLength(1);
    },
  );

  it('come after the retries of the platform, where those are switched on', async () => {
    const simulator = await platform();
    const opening = { settings: { vendorRetry: retry(1, 30) }, ...sync({ processName: 'Flaky', outputApp: 'Mail' }) };
    const started = await open(simulator, opening).start(request(), options());
    expect(started).toMatchObject({ verdict: { status: 'SUCCEEDED' }, output: { value: { Sent: 'True' } } });
    expect(submits(simulator)).toHaveLength(1);
  });

  it('that tell of an expiry are FAILED, or TIMED_OUT where the connection knows the code', async () => {
    const expiring = { profiles: ['Bot'], durationMs: 1, queueMs: [2_000] };
    const simulator = await platform({ scenarios: { Post: expiring } });
    const settings = { platformTimeout: '100ms' };
    const first = await open(simulator, { settings, ...sync() }).start(request(), options());
    expect(first).toMatchObject({ verdict: { status: 'FAILED', error: { details: [{ code: 'BsnErr011' }] } } });
    const known = { ...settings, expiryCodes: ['BsnErr011'] };
    const second = await open(simulator, { settings: known, ...sync() }).start(request(), options());
    expect(second).toMatchObject({ verdict: { status: 'TIMED_OUT' } });
  });
});

function report(errors: unknown = []) {
  return { response: JSON.stringify({ AutomationOutputData: [], ErrorDetailObject: errors }) };
}
