/** `errand init`: a connection to a platform, and a first flow on it. */
import { command } from '../frame/errand-command.ts';

export const initCommand = command({
  meta: { name: 'init', description: 'Asks for a platform and a first flow, and writes the configuration' },
  args: {
    config: {
      type: 'string',
      valueHint: 'FILE',
      description: 'file to write, .ts or .json (errand.config.ts; my.config.ts where that is there)',
    },
    provider: {
      type: 'string',
      valueHint: 'ID',
      description: 'bryter, smart-flows, phixflow, assist-edge or invision',
    },
    url: { type: 'string', valueHint: 'URL', description: 'base URL of the platform' },
    target: { type: 'string', valueHint: 'FIELD=VALUE', description: 'what the flow runs there; repeat it' },
    flow: { type: 'string', valueHint: 'NAME', description: 'what you call the flow' },
    param: {
      type: 'string',
      valueHint: 'NAME[=APINAME][:TYPE][:required][:sensitive]',
      description: 'a parameter of the flow; repeat it',
    },
    deadline: { type: 'string', valueHint: 'TIME', description: 'when a run must have ended, such as 2h (24h)' },
    connection: { type: 'string', valueHint: 'NAME', description: 'what you call the connection (from the URL)' },
    setting: { type: 'string', valueHint: 'FIELD=VALUE', description: 'a setting of the connection; repeat it' },
    secret: { type: 'string', valueHint: 'NAME', description: 'name of the secret (errand/CONNECTION)' },
    'key-stdin': { type: 'boolean', description: 'read the key, or the JSON of the secret, from the standard input' },
    anonymous: { type: 'boolean', description: 'the platform asks for no key' },
    simulator: {
      type: 'string',
      valueHint: 'ID',
      description: 'a sample flow on this platform’s simulator; asks nothing',
    },
    data: { type: 'string', valueHint: 'DIR', description: 'data directory, where the secret is kept (.errand)' },
    force: { type: 'boolean', description: 'replace the file if it is there' },
    yes: { type: 'boolean', description: 'ask nothing; what is missing is an error' },
    json: { type: 'boolean', description: 'print what was written as JSON' },
  },
  repeatable: ['target', 'param', 'setting'],
  examples: [
    ['init', 'asks for everything'],
    ['init --simulator bryter', 'a first flow on a simulator, see "errand simulate"'],
    [
      'init --provider bryter --url https://acme.bryter.io --flow onboard --target publishedModuleId=kZ0d3l1uQ2a7Yw9xT5bR8g --param employeeName=employee_name:text:required --key-stdin < key.txt',
      'without a terminal',
    ],
  ],
  codes: '0 written, 2 nothing was written.',
  // All that it is made of is loaded only to run it.
  run: async ({ args, all }) => (await import('../setup/init-run.ts')).runInit(args, all),
});
