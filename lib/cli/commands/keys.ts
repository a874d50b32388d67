/** `errand keys`: who may call the API. */
import { SCOPES } from '../../workflow/ports.ts';
import { CommandError } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';
import { openKeysDesk } from '../keys/keys-desk.ts';
import { keyRequestOf } from '../keys/keys-options.ts';
import { keysTable } from '../keys/keys-table.ts';
import { printJson } from '../target/api-args.ts';
import { targetArgs, targetOf } from '../target/errand-target.ts';

const shared = { ...targetArgs, json: { type: 'boolean', description: 'print the result as JSON' } } as const;

const create = command({
  meta: { name: 'create', description: 'Makes an API key and prints it, this once' },
  args: {
    scopes: { type: 'string', required: true, valueHint: 'A,B', description: `what it may do: ${SCOPES.join(', ')}` },
    flows: { type: 'string', valueHint: 'A,B', description: 'the flows it is limited to (all)' },
    name: { type: 'string', valueHint: 'TEXT', description: 'for lists, for example who has it' },
    expires: { type: 'string', valueHint: 'WHEN', description: '90d, 2030-01-31 or 2030-01-31T12:00:00Z (never)' },
    ...shared,
  },
  examples: [
    ['keys create --scopes runs:start,runs:read --name billing', 'a key for the Errand on this machine'],
    ['keys create --scopes runs:start,runs:read --flows onboard-employee --expires 90d', 'for one flow and a while'],
    [
      `keys create --stack Errand --scopes ${SCOPES.join(',')}`,
      'the first key of a stack in the cloud, for everything',
    ],
  ],
  async run({ args }) {
    const request = keyRequestOf(args, Date.now());
    const created = await (await openKeysDesk(targetOf(args, process.env))).create(request);
    // The key alone on the standard output, so that it can go where it belongs without being seen.
    if (args.json) printJson(created);
    else console.log(created.key);
    console.error(
      `The API key ${created.keyId} is made. It is shown this once and kept nowhere: put it where your secrets are.`,
    );
  },
});

const list = command({
  meta: { name: 'list', description: 'Lists the API keys, without what is secret of them' },
  args: shared,
  examples: [
    ['keys list', 'those of the Errand on this machine'],
    ['keys list --stack Errand --json', 'those of a stack, for programs'],
  ],
  async run({ args }) {
    const items = await (await openKeysDesk(targetOf(args, process.env))).list();
    if (args.json) printJson({ items });
    else console.log(items.length === 0 ? 'There are no API keys yet.' : keysTable(items, Date.now()));
  },
});

const revoke = command({
  meta: { name: 'revoke', description: 'Revokes an API key, at once and for good' },
  args: {
    keyId: { type: 'positional', required: true, description: 'the id, as "errand keys list" shows it' },
    ...shared,
  },
  examples: [['keys revoke 4fT0aZ81bQ2mXw93', 'no call accepts that key any more']],
  async run({ args }) {
    const { keyId } = args;
    refuseWholeKey(keyId);
    const isRevoked = await (await openKeysDesk(targetOf(args, process.env))).revoke(keyId);
    if (!isRevoked)
      throw new CommandError(`There is no API key "${keyId}". "errand keys list" shows those there are.`, 1);
    if (args.json) printJson({ keyId, revoked: true });
    else console.log(`The API key ${keyId} is revoked.`);
  },
});

/** Arguments are seen by others on the machine and kept by shells. */
function refuseWholeKey(given: string): void {
  const keyId = /^errand_[a-z0-9-]+_([0-9A-Za-z]+)_/.exec(given)?.[1];
  if (keyId === undefined) return;
  throw new CommandError(
    `Give the id of the key, not the key: errand keys revoke ${keyId}. Now that it was on a command line, do revoke it.`,
  );
}

export const keysCommand = command({
  meta: { name: 'keys', description: 'Makes, lists and revokes API keys' },
  subCommands: { create, list, revoke },
});
