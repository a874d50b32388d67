/** `errand doctor`: whether the configuration, the secrets and the platforms are as they must be. */
import { configArgs } from '../config/config-args.ts';
import { command } from '../frame/errand-command.ts';

export const doctorCommand = command({
  meta: { name: 'doctor', description: 'Checks configuration, secrets and platforms; starts nothing' },
  args: {
    ...configArgs,
    data: { type: 'string', valueHint: 'DIR', description: 'data directory, where the secrets are (.errand)' },
    json: { type: 'boolean', description: 'print the findings as JSON' },
  },
  examples: [
    ['doctor', 'what "errand init" wrote, else errand.config.ts'],
    ['doctor --config my.config.ts --json', 'another configuration, for programs'],
  ],
  codes: '0 nothing is wrong, 1 something is, 2 it could not be checked.',
  // All that it is made of is loaded only to run it.
  run: async ({ args }) => (await import('../setup/doctor-run.ts')).runDoctor(args),
});
