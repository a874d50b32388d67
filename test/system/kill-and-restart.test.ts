import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { SAMPLE_SECRETS, startFleet } from '../../lib/simulators/fleet.ts';
import { simulatorVariable } from '../../lib/simulators/sample-url.ts';
import { startInstance, temporaryDir } from './instance.ts';

const FLOWS: readonly (readonly [flowId: string, parameters: object])[] = [
  ['onboard-employee', { employeeName: 'Jane Roe', email: 'jane.roe@example.com' }],
  ['write-offer', { customer: 'Acme' }],
  ['import-orders', { region: 'EU' }],
  ['create-order', { customer: 'C-1' }],
  ['archive-documents', { folder: 'a' }],
  ['update-forecast', {}],
];

it('ends each of 30 runs, started at most once at its platform, when the process is killed in the middle', {
  timeout: 300_000,
}, async () => {
  const dataDir = temporaryDir(onTestFinished);
  // The platforms live on, as real ones would: they run in this process, the runtime in another.
  const fleet = await startFleet();
  onTestFinished(() => fleet.close());
  const env = Object.fromEntries(PROVIDER_IDS.map((id) => [simulatorVariable(id), fleet[id].origin]));
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const args = ['--config', 'errand.config.ts'];

  let instance = await startInstance(dataDir, args, env);
  const replies = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const [flowId, parameters] = FLOWS[index % FLOWS.length] ?? ['', {}];
      const reply = await instance.post(
        `/v1/flows/${flowId}/runs`,
        { parameters },
        { 'idempotency-key': `run-${index}` },
      );
      expect(reply.status).toBe(202);
      return (await reply.json()) as { readonly id: string };
    }),
  );
  const ids = replies.map(({ id }) => id);
  // Some starts are on the wire, some runs are being looked at, some have ended.
  for (const pause of [300, 1_500]) {
    await new Promise((done) => setTimeout(done, pause));
    await instance.kill();
    instance = await startInstance(dataDir, args, env);
  }
  onTestFinished(() => instance.kill());
  const runs = await instance.ended(ids, 150_000);

  const starts = Object.values({ ...fleet, close: undefined })
    .flatMap((simulator) => simulator?.requests ?? [])
    .filter(({ method, path }) => method === 'POST' && !/[Tt]oken/.test(path));
  expect(starts.length).toBeLessThanOrEqual(30);
  for (const run of runs) {
    expect(['SUCCEEDED', 'HANDED_OFF', 'FALLOUT']).toContain(run.status);
    if (run.status === 'FALLOUT') expect(run.fallout?.reason).toBe('AMBIGUOUS_START');
  }
  // Asked again with the same keys, they are the same runs.
  const again = await instance.post(
    '/v1/flows/onboard-employee/runs',
    { parameters: FLOWS[0]?.[1] },
    { 'idempotency-key': 'run-0' },
  );
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(((await again.json()) as { id: string }).id).toBe(ids[0]);
});
