/** `errand local`: the same as `npm start`. */
import { configArgs } from '../config/config-args.ts';
import { command, type ExitCode } from '../frame/errand-command.ts';

export const localCommand = command({
  meta: { name: 'local', description: 'Starts Errand on this machine, as "npm start" does' },
  args: {
    ...configArgs,
    port: { type: 'string', valueHint: 'N', description: 'port of the API on 127.0.0.1 (8787; 0 takes any free one)' },
    data: { type: 'string', valueHint: 'DIR', description: 'where everything is kept (.errand)' },
    sample: { type: 'boolean', description: 'the sample with its platforms, whatever "errand init" has written' },
    'no-demo': { type: 'boolean', description: 'do not run the sample flows' },
    once: { type: 'boolean', description: 'exit when the sample runs have ended' },
    json: { type: 'boolean', description: 'print the result as JSON on the last line' },
  },
  examples: [
    ['local', 'what "errand init" wrote, else the sample; it stays up'],
    ['local --config my.config.ts --port 8800 --data .errand-mine', 'another beside it'],
    ['local --once', 'the sample, then exit'],
  ],
  codes: '0 stopped, or all sample runs ended as expected; 1 one did not; 2 could not start.',
  // All that it is made of is loaded only to run it.
  run: async ({ rawArgs }) => (await (await import('../local/local.ts')).runLocal(rawArgs)) as ExitCode,
});
