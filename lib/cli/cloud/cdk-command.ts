/** What `deploy`, `diff` and `synth` have in common. */

import { configArgs } from '../config/config-args.ts';
import { type Command, command } from '../frame/errand-command.ts';
import type { CdkAction } from './cdk.ts';

const args = {
  ...configArgs,
  stack: { type: 'string', valueHint: 'NAME', description: 'name of the stack (Errand)' },
  environment: { type: 'string', valueHint: 'NAME', description: 'a part of every API key (prod)' },
  'alarm-topic': { type: 'string', valueHint: 'ARN', description: 'SNS topic that alarms go to (none)' },
} as const;

export interface CdkWords {
  readonly description: string;
  readonly examples: readonly (readonly [line: string, does: string])[];
}

/** The command of that name; words behind `--` go to the CDK. */
export function cdkCommand(action: CdkAction, { description, examples }: CdkWords): Command {
  return command({
    meta: { name: action, description },
    args,
    examples,
    handsOn: true,
    codes: '0 done, 2 it could not be.',
    run: async ({ args: given, handedOn }) => (await import('./cdk.ts')).runCdk(action, given, handedOn),
  });
}
