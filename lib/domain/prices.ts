/** List prices of us-east-1 in dollars, without free tiers; all but those marked are from the project's study of polling. */
export const PRICES = {
  /** Every state entered and every retry: $0.025 per 1,000. https://aws.amazon.com/step-functions/pricing/ */
  transition: 0.025 / 1e3,
  /** https://aws.amazon.com/lambda/pricing/ */
  invocation: 0.2 / 1e6,
  /** arm64, steps of 1 ms. https://aws.amazon.com/lambda/pricing/ */
  gbSecond: 0.0000133334,
  /** On demand, 1 KB. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  writeUnit: 0.625 / 1e6,
  /** On demand, 4 KB strongly or 8 KB eventually consistent. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readUnit: 0.125 / 1e6,
  /** HTTP API. https://aws.amazon.com/api-gateway/pricing/ */
  apiRequest: 1 / 1e6,
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secretRead: 0.05 / 1e4,
  /** Standard queue. https://aws.amazon.com/sqs/pricing/ */
  queueRequest: 0.4 / 1e6,
  /** A custom event of 64 KB. https://aws.amazon.com/eventbridge/pricing/ */
  event: 1 / 1e6,
  /** Not in the study: a pipe's request of 64 KB, after its filter. https://aws.amazon.com/eventbridge/pricing/ */
  pipeRequest: 0.4 / 1e6,
  /** Not in the study: PUT and POST; GET costs a twelfth. https://aws.amazon.com/s3/pricing/ */
  objectWrite: 0.005 / 1e3,
  objectRead: 0.0004 / 1e3,
} as const;
