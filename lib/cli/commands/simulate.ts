/** `errand simulate`: the five platforms on this machine, with faults to plant. */
import { SIMULATOR_PORT } from '../../simulators/sample-url.ts';
import { command } from '../frame/errand-command.ts';

export const simulateCommand = command({
  meta: {
    name: 'simulate',
    description: 'Starts simulators of the five platforms and prints their addresses and keys',
  },
  args: {
    port: {
      type: 'string',
      valueHint: 'N',
      description: `first of five consecutive ports (${SIMULATOR_PORT}; 0 takes any free ones)`,
    },
    data: { type: 'string', valueHint: 'DIR', description: 'folder in which they remember their jobs (in memory)' },
  },
  examples: [
    ['simulate', 'on the usual ports, until Ctrl-C'],
    ['simulate --port 0', 'on any free ports'],
  ],
  codes: '0 stopped, 2 could not start.',
  run: async ({ rawArgs }) => ((await (await import('../local/simulate.ts')).runSimulators(rawArgs)) === 0 ? 0 : 2),
});
