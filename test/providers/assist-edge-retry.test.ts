import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { longestCallMs, longestLifeMs, platformTimeoutMs } from '../../lib/providers/assist-edge/request.ts';
import { assistEdgeSettings } from '../../lib/providers/assist-edge/settings.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { open, options, platform, request, retry, sent, submits, sync } from '../helpers/assist-edge.ts';

const settingsOf = (input: object) => assistEdgeSettings.parse(input);

describe('the longest life of an assist-edge request', () => {
  it.each([
    ['its requestTimeout without retries', 30_000, undefined, 30_000],
    ['(1 + n) × requestTimeout + n × coolOff with them', 30_000, retry(2, 20_000), 130_000],
    ['no pause where the cool-off is none', 1_000, retry(1, 0), 2_000],
    ['more than 32 bits where it is so', 2_147_483_647, retry(100, 1), 101 * 2_147_483_647 + 100],
  ])('is %s', (_, timeoutMs, vendorRetry, expected) => {
    expect(longestLifeMs(timeoutMs, vendorRetry)).toBe(expected);
  });

  it('and 5 s for the way are how long a synchronous call is held, since a cut call would be in doubt', () => {
    expect(longestCallMs(settingsOf({}))).toBe(25_000);
    expect(longestCallMs(settingsOf({ vendorRetry: retry(2, 1_000) }))).toBe(3 * 20_000 + 2 * 1_000 + 5_000);
    const settings = settingsOf({ platformTimeout: '1m', vendorRetry: { noOfTimesRetry: 3 } });
    expect(longestCallMs(settings)).toBe(4 * 60_000 + 3 * 20_000 + 5_000);
  });

  it.each([
    [60_000, retry(2, 5_000)],
    [61_999.5, retry(3, 1)],
    [86_400_000, retry(1, 0)],
  ])('ends within the %d ms that the run has left', (remainingMs, vendorRetry) => {
    const timeoutMs = platformTimeoutMs(settingsOf({ vendorRetry }), false, remainingMs);
    expect(longestLifeMs(timeoutMs, vendorRetry)).toBeLessThanOrEqual(remainingMs);
    expect(longestLifeMs(timeoutMs + 1, vendorRetry)).toBeGreaterThan(remainingMs);
  });
});

describe('the retries of the platform', () => {
  it.each([
    ['an asynchronous', {}],
    ['a synchronous', sync()],
  ])('are off in %s request unless the connection says otherwise', async (_, opening) => {
    const simulator = await platform();
    await open(simulator, opening).start(request(), options());
    expect(sent(simulator).retry).toBe(false);
    expect(sent(simulator)).not.toHaveProperty('retryConfigurations');
  });

  it('are off in the legacy dialect too, where their fields are always there', async () => {
    const simulator = await platform();
    await open(simulator, { settings: { dialect: 'legacy' } }).start(request(), options());
    expect(JSON.parse(sent(simulator).payload).PerformAutomation).toMatchObject({
      RetryFlag: false,
      Retry: { NoOfTimesRetry: 0, RetryCoolOffInterval: 0 },
    });
  });

  it('are asked for in one request, and the start is given time for all of them', async () => {
    const simulator = await platform();
    const settings = { platformTimeout: '2s', vendorRetry: retry(2, 10) };
    const session = open(simulator, { settings, ...sync({ processName: 'Flaky' }) });
    expect(session.startTimeoutMs).toBe(3 * 2_000 + 2 * 10 + 5_000);
    expect(await session.start(request(), options())).toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(submits(simulator)).toHaveLength(1);
    expect(sent(simulator)).toMatchObject({
      requestTimeout: 2_000,
      retry: true,
      retryConfigurations: { noOfTimesRetry: 2, retryCoolOffInterval: 10 },
    });
  });

  it('cost an asynchronous start no time, because the platform answers once it has queued the request', async () => {
    const session = open(await platform(), { settings: { vendorRetry: retry(2, 10) } });
    expect(session.startTimeoutMs).toBeUndefined();
  });
});

describe('a deadline with the retries of the platform', () => {
  it.each([
    ['a synchronous flow by its 20 s for each attempt', {}, true, '62s', '61s'],
    ['a synchronous flow by its configured time', { platformTimeout: '1m' }, true, '182s', '181s'],
    ['an asynchronous flow by its configured time', { platformTimeout: '1h' }, false, '10802s', '10801s'],
    ['an asynchronous flow that shares out its time by the cool-offs and a second each', {}, false, '5s', '4s'],
  ])('is checked for %s', (_, settings, isSync, enough, tooShort) => {
    const whole = { vendorRetry: retry(2, 1_000), ...settings };
    expect(mistakes(whole, isSync, enough)).toEqual([]);
    const message = expect.stringMatching(/^is shorter than the .* that platformTimeout and vendorRetry allow$/);
    expect(mistakes(whole, isSync, tooShort)).toEqual([{ path: 'flows.post.deadline', message }]);
  });

  it('is none of our business while they are off and no time is configured: the request takes what is left', () => {
    expect(mistakes({}, true, '5s')).toEqual([]);
  });
});

function mistakes(settings: object, isSync: boolean, deadline: string) {
  const rpa = { provider: 'assist-edge', baseUrl: 'https://rpa.example.com', secret: 'errand/rpa', settings };
  const target = { processName: 'Post', profileName: 'Bot', isSync };
  try {
    checkConfig({ connections: { rpa }, flows: { post: { connection: 'rpa', target, deadline } } });
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}
