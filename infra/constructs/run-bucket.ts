import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { OBJECTS } from '../../lib/contract.ts';

const ABANDONED_UPLOADS: LifecycleRule = {
  id: 'abandoned-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(1),
};

const PRIVATE: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** Large inputs and all output files, kept when the stack goes, with a log of who read them. */
export class RunBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const accessLog = new Bucket(this, 'AccessLog', {
      ...PRIVATE,
      lifecycleRules: [ABANDONED_UPLOADS, { id: 'old-entries', expiration: Duration.days(90) }],
    });
    this.bucket = new Bucket(this, 'Resource', {
      ...PRIVATE,
      // CDK's classes are looser about optional properties than its own interfaces.
      serverAccessLogsBucket: accessLog as IBucket,
      lifecycleRules: [
        ABANDONED_UPLOADS,
        { id: 'unfinished-outputs', prefix: OBJECTS.staging, expiration: Duration.days(1) },
      ],
    });
  }
}
