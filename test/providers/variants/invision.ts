import { invision } from '../../../lib/providers/invision.ts';
import { createInvisionPlatform, INVISION_FLOWS } from '../../../lib/simulators/invision.ts';
import type { ProviderVariant } from '../../contracts/provider.ts';

const apiKey = '0d6b1a60-60eb-4066-8d71-171900743aaa';
const scenarios = {
  [INVISION_FLOWS.forecast]: {
    description: 'Succeeds after two seconds',
    script: [{ state: 'Pending', forMs: 2_000 }, { state: 'Succeeded' }],
  },
  [INVISION_FLOWS.nightly]: { description: 'Succeeds at once', script: [{ state: 'Succeeded' }] },
} as const;

const plain: ProviderVariant = {
  name: 'invision',
  definition: invision,
  platform: (clock) =>
    createInvisionPlatform({ apiKey, scenarios, acceptsArguments: true, keyIn: ['header'], now: () => clock.now }),
  directory: '/invision',
  target: { dataFlowId: INVISION_FLOWS.forecast },
  credentials: { apiKey },
  secrets: [apiKey],
  parameters: {},
  reads: ['poll'],
  adoptable: true,
  startPath: '/start(\\?|$)',
  auth: { header: 'x-api-key', value: new RegExp(`^${apiKey}$`) },
  held: false,
  started: 'accepted',
  startReply: { body: (runId, status = 'Pending') => ({ runId, status }), withoutId: { status: 'Pending' } },
  // 500 is the only documented error, so a wrong key looks like a failure after acceptance.
  wrongKey: {
    credentials: { apiKey: 'somebody-elses-key' },
    error: { name: 'ReplyLostError', status: 500, authSuspect: true },
  },
  check: { right: 'unknown', wrong: 'unknown' },
  polling: {
    body: (status, runId) => ({ runId, status }),
    words: { Pending: 'going', Running: 'going', Succeeded: 'SUCCEEDED', Failed: 'FAILED' },
    endsAfterMs: 2_000,
    ends: 'SUCCEEDED',
    notFound: 'RemoteNotFoundError',
  },
  limited: { settings: { requestTimeout: '1s' }, startMs: 1_000 },
  badTargets: ['', '.', '..', 'a/b', '%2e%2e', 'a\nb'].map((dataFlowId) => ({ dataFlowId })),
};

export const INVISION_VARIANTS: readonly ProviderVariant[] = [
  plain,
  {
    ...plain,
    name: 'invision, awaited, with arguments',
    settings: { await: true, argumentsShape: 'document' },
    target: { dataFlowId: INVISION_FLOWS.nightly },
    parameters: { scenario: 'Canary Budget 77' },
    held: true,
    started: 'SUCCEEDED',
    limited: { settings: { awaitTimeout: '1s' }, startMs: 1_000 },
  },
];
