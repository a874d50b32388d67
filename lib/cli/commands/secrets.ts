/** `errand secrets`: what the platforms are called with. */
import { configArgs } from '../config/config-args.ts';
import { command } from '../frame/errand-command.ts';

const set = command({
  meta: { name: 'set', description: 'Stores the secret of a connection, given on the standard input or typed unseen' },
  args: {
    name: { type: 'positional', required: true, description: 'its name, as the configuration has it' },
    value: { type: 'positional', required: false, description: 'never here: give it on the standard input' },
    ...configArgs,
    data: { type: 'string', valueHint: 'DIR', description: 'data directory of the Errand on this machine (.errand)' },
    stack: {
      type: 'string',
      valueHint: 'NAME',
      description: 'for a stack in the cloud: into Secrets Manager, with your AWS credentials and region',
    },
    json: { type: 'boolean', description: 'print what was done as JSON' },
  },
  examples: [
    ['secrets set errand/acme-bryter', 'asks for the key, without showing it'],
    ['secrets set errand/acme-bryter < key.txt', 'a key alone, or JSON such as {"apiKey": "…"}'],
    ['secrets set errand/acme-bryter --stack Errand < key.txt', 'in the cloud'],
  ],
  codes: '0 stored, 2 it could not be.',
  // All that it is made of is loaded only to run it.
  run: async ({ args }) => (await import('../setup/secrets-set.ts')).setSecret(args),
});

export const secretsCommand = command({
  meta: { name: 'secrets', description: 'Stores what the platforms are called with' },
  subCommands: { set },
});
