/** Last step of the usual sample: records the end. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});
const { ERRAND_TABLE: TableName } = process.env;

export const handler = async ({ jobId, status }) => {
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: `JOB#${jobId}` }, sk: { S: 'JOB' } },
      UpdateExpression: 'SET #status = :status, endedAt = :endedAt',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': { S: status }, ':endedAt': { N: String(Date.now()) } },
    }),
  );
  return { jobId, status };
};
