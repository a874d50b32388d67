/** `errand diff`: what a deployment would change. */
import { cdkCommand } from '../cloud/cdk-command.ts';

export const diffCommand = cdkCommand('diff', {
  description: 'Shows what "errand deploy" would change',
  examples: [['diff --config my.config.ts', 'against what is deployed']],
});
