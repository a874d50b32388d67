import { bryter } from '../../../lib/providers/bryter.ts';
import { BRYTER_MODULES, createBryterPlatform } from '../../../lib/simulators/bryter.ts';
import type { ProviderVariant } from '../../contracts/provider.ts';

const apiKey = 'b1kq0Yx3w7Vt5Zr9Lm2Nc4Hd6Jf8Ps0Ag1Su3Eo5Iy7';

const sessions: ProviderVariant = {
  name: 'bryter',
  definition: bryter,
  platform: (clock) => createBryterPlatform({ apiKey, now: () => clock.now }),
  target: { publishedModuleId: BRYTER_MODULES.onboarding },
  credentials: { apiKey },
  secrets: [apiKey],
  parameters: { employee_name: 'Canary Jane 77', employee_email: 'canary-77@example.com' },
  reads: ['poll'],
  adoptable: true,
  startPath: '/sessions$',
  auth: { header: 'authorization', value: new RegExp(`^Bearer ${apiKey}$`) },
  held: false,
  started: 'accepted',
  startReply: { body: (id, state = 'created') => ({ data: { id, state } }), withoutId: { data: { state: 'created' } } },
  // 404 is how BRYTER answers a wrong key, a wrong module and a wrong session alike.
  wrongKey: {
    credentials: { apiKey: 'somebody-elses-key' },
    error: { name: 'ProviderUnauthorizedError', status: 404, disguised: true },
  },
  check: { right: 'unknown', wrong: 'unknown' },
  polling: {
    body: (state, id) => ({ data: { id, state }, links: { self: `/api/execution//m/sessions/${id}` } }),
    words: {
      created: 'going',
      running: 'going',
      waiting_for_input: 'waiting',
      completed: 'SUCCEEDED',
      fatal_errored: 'FAILED',
      unknown: 'FALLOUT',
    },
    endsAfterMs: 2_000,
    ends: 'SUCCEEDED',
    notFound: 'ProviderUnauthorizedError',
  },
  limited: { settings: { requestTimeout: '1s' }, startMs: 1_000 },
  badTargets: ['', '..', 'a/b', '%2e%2e', 'a b'].map((publishedModuleId) => ({ publishedModuleId })),
};

export const BRYTER_VARIANTS: readonly ProviderVariant[] = [
  sessions,
  {
    ...sessions,
    name: 'bryter, a module with outputs',
    settings: { outputPointer: '/data/outputs', envelope: 'flat' },
    target: { publishedModuleId: BRYTER_MODULES.calculation },
    parameters: { insured_sum: 770_077 },
    reads: ['poll', 'fetchOutput'],
  },
];
