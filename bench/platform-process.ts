/** The five simulators with jobs of one length, so that a bench knows how many runs a rate keeps in flight. */
import { createAssistEdgePlatform } from '../lib/simulators/assist-edge.ts';
import { BRYTER_MODULES, BRYTER_SCENARIOS, createBryterPlatform } from '../lib/simulators/bryter.ts';
import { SAMPLE_SECRETS } from '../lib/simulators/fleet.ts';
import { createInvisionPlatform, INVISION_FLOWS, INVISION_SCENARIOS } from '../lib/simulators/invision.ts';
import { createPhixflowPlatform, PHIXFLOW_ENDPOINTS } from '../lib/simulators/phixflow.ts';
import { serveSimulator } from '../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform, SMART_FLOWS, SMART_FLOWS_SCENARIOS } from '../lib/simulators/smart-flows.ts';

const JOB_MS = Number(process.argv[2]);

function keyOf(name: string): string {
  const secret = SAMPLE_SECRETS[`errand/sample-${name}`] ?? {};
  return String(secret.apiKey ?? secret.password);
}

/** A scenario of the simulators with its first step stretched. */
function stretch<Step extends { readonly forMs?: number }>(steps: readonly Step[]): readonly Step[] {
  const rest = steps.slice(1).reduce((sum, { forMs = 0 }) => sum + forMs, 0);
  return steps.map((step, index) => (index === 0 ? { ...step, forMs: JOB_MS - rest } : step));
}

const onboarding = BRYTER_SCENARIOS[BRYTER_MODULES.onboarding];
const offer = SMART_FLOWS_SCENARIOS[SMART_FLOWS.offer];
const forecast = INVISION_SCENARIOS[INVISION_FLOWS.forecast];
if (onboarding === undefined || offer === undefined || forecast === undefined) throw new Error('a scenario is missing');

const platforms = {
  bryter: createBryterPlatform({
    apiKey: keyOf('bryter'),
    scenarios: {
      ...BRYTER_SCENARIOS,
      [BRYTER_MODULES.onboarding]: { ...onboarding, script: stretch(onboarding.script) },
    },
  }),
  'smart-flows': createSmartFlowsPlatform({
    apiKey: keyOf('smart-flows'),
    scenarios: { ...SMART_FLOWS_SCENARIOS, [SMART_FLOWS.offer]: { ...offer, steps: stretch(offer.steps) } },
  }),
  phixflow: createPhixflowPlatform({
    token: keyOf('phixflow'),
    endpoints: PHIXFLOW_ENDPOINTS.map((endpoint) =>
      endpoint.name === 'Import Orders' ? { ...endpoint, durationMs: JOB_MS } : endpoint,
    ),
  }),
  'assist-edge': createAssistEdgePlatform({ username: 'svc-errand', password: keyOf('assist-edge') }),
  invision: createInvisionPlatform({
    apiKey: keyOf('invision'),
    scenarios: {
      ...INVISION_SCENARIOS,
      [INVISION_FLOWS.forecast]: { ...forecast, script: stretch(forecast.script) },
    },
  }),
};

for (const [id, platform] of Object.entries(platforms)) {
  const { origin } = await serveSimulator(platform);
  console.log(`${id} ${origin}`);
}
