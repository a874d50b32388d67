/** The sample's flows, and some for what people do on the page. */
import { loadConfig } from '../../lib/providers/config.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';

const text = { type: 'text' } as const;

const MORE = {
  'welcome-letter': {
    description: 'A Smart Flow that asks a person for city and start date, then writes a letter',
    connection: 'smart-flows',
    target: { flowId: SMART_FLOWS.onboarding, rootElement: 'Person' },
    parameters: { name: { ...text, required: true } },
    deadline: '10d',
  },
  'nightly-report': {
    description: 'A Smart Flow that stays in its server’s queue for ten minutes',
    connection: 'smart-flows',
    target: { flowId: SMART_FLOWS.nightly, rootElement: 'Report' },
    deadline: '1h',
  },
} as const;

export async function flowsOfConsole(): Promise<Readonly<Record<string, unknown>>> {
  const { input } = await loadConfig('errand.config.ts');
  return { ...input.flows, ...MORE };
}
