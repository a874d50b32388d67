import { type Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { OBJECTS } from '../lib/contract.ts';

export interface Acknowledged {
  readonly api: IConstruct;
  readonly keys: IConstruct;
  readonly telemetry: IConstruct;
  readonly bucket: Bucket;
  readonly stack: Stack;
}

const PREFIX_REASON =
  'Object keys contain run ids that do not exist at deployment; each function is limited to the prefixes and verbs it uses.';

/** Findings of cdk-nag that stay, each with its reason. A test holds the exact list. */
export function acknowledge({ api, keys, telemetry, bucket, stack }: Acknowledged): void {
  Validations.of(api).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'The application behind the only route checks API keys, their scopes and flows itself; documents and health are public on purpose.',
  });
  Validations.of(keys).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'Inputs are sealed under keys derived from the root, and receivers hold the key of events: a rotation by itself would make stored runs unreadable and events look forged.',
  });
  Validations.of(telemetry).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray and log delivery know no resources; nothing else shares these policies.',
  });
  const bucketId = stack.getLogicalId(bucket.node.defaultChild as CfnBucket);
  for (const prefix of Object.values(OBJECTS)) {
    Validations.of(stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${prefix}*]`,
      reason: PREFIX_REASON,
    });
  }
}
