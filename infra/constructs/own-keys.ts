import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret, type SecretStringGenerator } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

function randomText(generateStringKey: string): SecretStringGenerator {
  return { secretStringTemplate: '{}', generateStringKey, passwordLength: 64, excludePunctuation: true };
}

/** The keys that are Errand's own: random, made once, never rotated by themselves. */
export class OwnKeys extends Construct {
  readonly root: Secret;
  readonly events: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.root = new Secret(this, 'Root', {
      description: 'Root of the keys with which Errand seals inputs and hashes API keys. Do not change.',
      generateSecretString: randomText('rootKey'),
      // Without it nothing that was sealed can be opened again.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.events = new Secret(this, 'Events', {
      description: 'Key with which Errand signs its events; whoever receives them checks them with it.',
      generateSecretString: randomText('eventKey'),
      // Nothing is stored under it, and without the stack nothing is signed.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
