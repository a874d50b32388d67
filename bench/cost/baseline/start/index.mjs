/** First step of the usual sample: begins the job and notes that. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});
const { PLATFORM_URL, PLATFORM_KEY, ERRAND_TABLE: TableName } = process.env;

export const handler = async ({ jobId, dataFlowId }) => {
  const url = `${PLATFORM_URL}/api/pub/v1/dataflows/${dataFlowId}/start`;
  const reply = await fetch(url, { method: 'POST', headers: { 'x-api-key': PLATFORM_KEY } });
  const { runId } = await reply.json();
  const Item = { pk: { S: `JOB#${jobId}` }, sk: { S: 'JOB' }, status: { S: 'RUNNING' }, runId: { S: runId } };
  await client.send(new PutItemCommand({ TableName, Item }));
  return { jobId, dataFlowId, runId };
};
