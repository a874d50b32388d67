import { smartFlows } from '../../../lib/providers/smart-flows.ts';
import { fieldKey } from '../../../lib/simulators/smart-flows/views.ts';
import { createSmartFlowsPlatform, SMART_FLOWS } from '../../../lib/simulators/smart-flows.ts';
import type { ProviderVariant } from '../../contracts/provider.ts';

const apiKey = 'sf-key-of-the-contract';
const user = { username: 'errand@example.com', password: 'sf-password-of-the-contract' };

const interactive: ProviderVariant = {
  name: 'smart-flows',
  definition: smartFlows,
  platform: (clock) => createSmartFlowsPlatform({ apiKey, user, now: () => clock.now }),
  target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
  credentials: { apiKey },
  secrets: [apiKey, user.password],
  parameters: { customer: 'Canary Jane 77', city: 'Canary-Ghent' },
  reads: ['poll', 'fetchOutput', 'cancel', 'answer', 'find'],
  adoptable: true,
  startPath: '/flows/executions(/start)?\\?flow',
  auth: { header: 'x-api-key', value: new RegExp(`^${apiKey}$`) },
  held: false,
  started: 'accepted',
  startReply: { body: (id, status = 'Queued') => ({ id, status }), withoutId: { status: 'Queued', percentage: 0 } },
  wrongKey: {
    credentials: { apiKey: 'somebody-elses-key' },
    error: { name: 'ProviderUnauthorizedError', status: 401, disguised: false },
  },
  check: { right: 'accepted', wrong: 'refused' },
  polling: {
    body: (status, id) => ({ id, status, percentage: 50 }),
    words: {
      Queued: 'going',
      Running: 'going',
      Waiting: 'going',
      UserInput: 'waiting',
      SelectFlow: 'waiting',
      Success: 'SUCCEEDED',
      Warning: 'SUCCEEDED_WITH_WARNINGS',
      Error: 'FAILED',
      Canceled: 'CANCELED',
      Cancelled: 'CANCELED',
      Interrupted: 'TIMED_OUT',
    },
    endsAfterMs: 2_500,
    ends: 'SUCCEEDED',
    notFound: 'RemoteNotFoundError',
  },
  limited: { settings: { requestTimeout: '1s' }, startMs: 1_000 },
  waiting: {
    target: { flowId: SMART_FLOWS.onboarding },
    values: { [fieldKey('city')]: 'Ghent' },
    afterMs: 1_000,
  },
  badTargets: [{ flowId: '' }, { flowId: '.' }, { flowId: '..' }, { flowId: 'a\nb' }, { rootElement: 'a b' }],
};

export const SMART_FLOWS_VARIANTS: readonly ProviderVariant[] = [
  interactive,
  {
    ...interactive,
    name: 'smart-flows, skipping questions, one named output',
    settings: { startMode: 'skip-questions', listBy: 'filter' },
    target: { ...interactive.target, output: 'Summary' },
    startReply: {
      body: (id, status = 'Queued') => ({ id, status, state: { inputData: {} } }),
      withoutId: { status: 'Queued', state: {} },
    },
    waiting: { target: { flowId: SMART_FLOWS.chooser }, values: { [fieldKey('flow')]: 'Offer' }, afterMs: 0 },
  },
  {
    ...interactive,
    name: 'smart-flows with a login',
    settings: { auth: 'jwt' },
    credentials: user,
    loginPath: '/authenticate/login$',
    auth: { header: 'authorization', value: /^Bearer [\w-]{36}$/ },
    wrongKey: {
      credentials: { ...user, password: 'somebody-elses' },
      error: { name: 'ProviderUnauthorizedError', status: 401, disguised: false },
    },
  },
];
