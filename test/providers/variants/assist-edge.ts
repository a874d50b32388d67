import { assistEdge } from '../../../lib/providers/assist-edge.ts';
import { createAssistEdgePlatform } from '../../../lib/simulators/assist-edge.ts';
import type { ProviderVariant } from '../../contracts/provider.ts';

const credentials = { username: 'svc-errand', password: 'robot-password-of-the-contract' };
const scenarios = {
  Post: {
    profiles: ['Bot'],
    durationMs: 5,
    outputs: [{ AppName: 'Result', CviewDictionary: { Status: 'posted', IsError: 'False' } }],
  },
};

const asynchronous: ProviderVariant = {
  name: 'assist-edge, asynchronous',
  definition: assistEdge,
  platform: (clock) => createAssistEdgePlatform({ ...credentials, scenarios, now: () => clock.now }),
  target: { processName: 'Post', profileName: 'Bot' },
  credentials,
  secrets: [credentials.password],
  parameters: { invoiceNo: 'Canary-4711', pin: 'canary "pin" 77' },
  reads: [],
  adoptable: false,
  startPath: '/automation$|/message$',
  loginPath: '/api/token$',
  auth: { header: 'authorization', value: /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/ },
  held: false,
  started: 'HANDED_OFF',
  // A wrong password is a 500 at the login, the vendor's "talk to the administrator".
  wrongKey: {
    credentials: { ...credentials, password: 'somebody-elses' },
    error: { name: 'ProviderUnauthorizedError', status: 500 },
  },
  check: { right: 'accepted', wrong: 'refused' },
  limited: { settings: {}, startMs: 1_000 },
  badTargets: [{ processName: '' }, { profileName: '' }],
};

export const ASSIST_EDGE_VARIANTS: readonly ProviderVariant[] = [
  asynchronous,
  {
    ...asynchronous,
    name: 'assist-edge, synchronous',
    target: { ...asynchronous.target, isSync: true, outputApp: 'Result' },
    held: true,
    started: 'SUCCEEDED',
    // The platform's own second, and 5 s for the reply.
    limited: { settings: {}, startMs: 6_000 },
  },
  (({ loginPath: _, ...legacy }) => ({
    ...legacy,
    name: 'assist-edge, legacy dialect',
    settings: { dialect: 'legacy' },
    auth: { header: 'authorization', value: /^Basic [\w+/]+=*$/ },
    wrongKey: { ...legacy.wrongKey, error: { name: 'ProviderUnauthorizedError', status: 401 } },
    // The broker has nothing to read, so it is not asked for more than its path.
    check: { right: 'unknown', wrong: 'unknown' },
  }))(asynchronous),
];
