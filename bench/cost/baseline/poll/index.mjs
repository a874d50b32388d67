/** Second step of the usual sample: asks how the job is going. */
const { PLATFORM_URL, PLATFORM_KEY } = process.env;

export const handler = async (job) => {
  const url = `${PLATFORM_URL}/api/pub/v1/dataflows/${job.dataFlowId}/runs/${job.runId}/status`;
  const reply = await fetch(url, { headers: { 'x-api-key': PLATFORM_KEY } });
  const { status } = await reply.json();
  return { ...job, status };
};
