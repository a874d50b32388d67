/** What the flows lead to, and what they lead to once somebody has changed the configuration. */
import type { Config } from '../../lib/domain/config.ts';
import { SMART_FLOWS_SCENARIOS } from '../../lib/simulators/smart-flows.ts';

/** The same flow a second time, under the id that a changed configuration names. */
const copyOf = (id: string) => id.replace(/^.{8}/, '00000000');

/** Flows of the simulated project, each twice. */
export const TWICE = Object.fromEntries(
  Object.entries(SMART_FLOWS_SCENARIOS).flatMap(([id, scenario]) => [
    [id, scenario],
    [copyOf(id), scenario],
  ]),
);

/** Somebody has pointed the flows at their copies. */
export function withCopies(config: Config): Config {
  const flows = Object.entries(config.flows).map(([id, flow]) => {
    const { flowId } = flow.target;
    return [id, typeof flowId === 'string' ? { ...flow, target: { ...flow.target, flowId: copyOf(flowId) } } : flow];
  });
  return { ...config, flows: Object.fromEntries(flows) };
}
