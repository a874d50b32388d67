import { phixflow } from '../../../lib/providers/phixflow.ts';
import { createPhixflowPlatform, type PhixflowEndpoint } from '../../../lib/simulators/phixflow.ts';
import type { ProviderVariant } from '../../contracts/provider.ts';

const apiKey = 'phixflow-token-of-the-contract';
const body = { success: true, outputs: { Result: { orders: 42 } } };
const endpoints: readonly PhixflowEndpoint[] = [
  { description: 'held', application: 'Shop', name: 'Order', mode: 'sync', durationMs: 0, answer: () => ({ body }) },
  {
    description: 'polled',
    application: 'Shop',
    name: 'Load',
    mode: 'async',
    durationMs: 3_000,
    answer: () => ({ body }),
  },
];

const sync: ProviderVariant = {
  name: 'phixflow, synchronous',
  definition: phixflow,
  platform: (clock) => {
    const sleep = async (ms: number) => {
      clock.now += ms;
    };
    return createPhixflowPlatform({ token: apiKey, endpoints, now: () => clock.now, sleep });
  },
  directory: '/phixflow',
  target: { application: 'Shop', endpoint: 'Order', mode: 'sync', outputName: 'Result', queryParameters: ['region'] },
  credentials: { apiKey },
  secrets: [apiKey],
  parameters: { customer: 'Canary Jane 77', region: 'Canary-Region' },
  reads: [],
  adoptable: false,
  startPath: '/trigger',
  auth: { header: 'authorization', value: new RegExp(`^Bearer ${apiKey}$`) },
  // The endpoint's own mode, which no request asks for.
  held: false,
  started: 'SUCCEEDED',
  meaningful: {
    bodies: ['nothing', 'an empty list', 'an empty object', 'a text', 'a number'],
    because: 'the author of a synchronous endpoint may answer with whatever he likes',
  },
  wrongKey: {
    credentials: { apiKey: 'somebody-elses-key' },
    error: { name: 'ProviderUnauthorizedError', status: 401, disguised: false },
  },
  check: { right: 'accepted', wrong: 'refused' },
  // Waits 5 s longer than the platform does.
  limited: { settings: { requestTimeout: '1s', timeoutMs: 1 }, startMs: 5_001 },
  badTargets: [{ endpoint: '' }, { endpoint: '.' }, { endpoint: '..' }, { application: '..' }, { endpoint: 'a\nb' }],
};

const target = { application: 'Shop', endpoint: 'Load', mode: 'async', outputName: 'Result' };
const asyncMeaningful = ['an empty list', 'an empty object'];

const polled: ProviderVariant = {
  ...sync,
  name: 'phixflow, asynchronous',
  target,
  reads: ['poll', 'fetchOutput'],
  adoptable: true,
  started: 'accepted',
  startReply: {
    body: (processId, status) => ({ processId, ...(status === undefined ? {} : { status }) }),
    withoutId: { status: 'Running' },
  },
  meaningful: {
    bodies: asyncMeaningful,
    because: 'a run that is done within the 500 ms answers with its result instead of a process id',
  },
  polling: {
    body: (status, processId) => ({ processId, status }),
    words: {
      Running: 'going',
      Pending: 'going',
      Queued: 'going',
      'In progress': 'going',
      Success: 'SUCCEEDED',
      Succeeded: 'SUCCEEDED',
      Fail: 'FAILED',
      Failed: 'FAILED',
      Failure: 'FAILED',
      Error: 'FAILED',
      Aborted: 'TIMED_OUT',
    },
    endsAfterMs: 3_000,
    ends: 'SUCCEEDED',
    notFound: 'RemoteNotFoundError',
  },
};

export const PHIXFLOW_VARIANTS: readonly ProviderVariant[] = [
  sync,
  polled,
  {
    ...polled,
    name: 'phixflow, asynchronous, the whole reply as output',
    target: { application: 'Shop', endpoint: 'Load', mode: 'async' },
  },
  {
    ...sync,
    name: 'phixflow, fire-and-forget',
    target: { ...target, settings: { poll: false } },
    started: 'HANDED_OFF',
    meaningful: {
      bodies: ['nothing', ...asyncMeaningful],
      because: 'nobody will ask for this run again, and a quick one answers with its result',
    },
  },
];
