/** `errand deploy`: the stack in your own AWS account. */
import { cdkCommand } from '../cloud/cdk-command.ts';

export const deployCommand = cdkCommand('deploy', {
  description: 'Deploys the stack into your AWS account, with the CDK',
  examples: [
    ['deploy --config my.config.ts', 'with your AWS credentials and region'],
    ['deploy --stack ErrandTest --environment test -- --require-approval never', 'another one, asked nothing'],
  ],
});
