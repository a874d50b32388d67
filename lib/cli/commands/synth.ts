/** `errand synth`: the template, checked, without any account. */
import { cdkCommand } from '../cloud/cdk-command.ts';

export const synthCommand = cdkCommand('synth', {
  description: 'Writes the template into cdk.out and checks it; needs no account',
  examples: [['synth --config my.config.ts', 'also checks the configuration']],
});
