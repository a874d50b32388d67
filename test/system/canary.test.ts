import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ClassicLevel } from 'classic-level';
import { expect, it, onTestFinished } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { startLocalErrand } from './local-errand.ts';

const EMAIL = 'canary.person+7@example.com';
const ERP_PASSWORD = 'canary "erp" pässword/9317';

/** The spellings in which a value may hide. */
function spellings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  // Base64 of a value inside a longer text starts at one of three offsets; the middle is the same in each.
  const inner = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString('hex'), ...inner];
}

interface Sink {
  readonly name: string;
  readonly text: string;
}

function leaks(sinks: readonly Sink[], canaries: Readonly<Record<string, string>>): readonly string[] {
  return sinks.flatMap(({ name, text }) =>
    Object.entries(canaries).flatMap(([canary, value]) =>
      spellings(value).some((spelling) => text.includes(spelling)) ? [`${canary} in ${name}`] : [],
    ),
  );
}

/** Every file, and every entry of every database, because their files are compressed. */
async function directorySinks(dir: string): Promise<readonly Sink[]> {
  const own = new Set(['secrets.json', 'root-key', 'dev-key']);
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(dir, name)).isFile() && !own.has(name),
  );
  const databases = new Set(files.filter((name) => name.endsWith('CURRENT')).map((name) => join(dir, name, '..')));
  // Files first: opening a database rewrites its own.
  const raw = files.map((name) => ({ name, text: readFileSync(join(dir, name), 'latin1') }));
  const entries = await Promise.all([...databases].map((path) => entriesOf(path, relative(dir, path))));
  return [...raw, ...entries.flat()];
}

async function entriesOf(path: string, name: string): Promise<readonly Sink[]> {
  const database = new ClassicLevel(path, { createIfMissing: false });
  const sinks: Sink[] = [];
  for await (const [key, value] of database.iterator()) sinks.push({ name: `${name} ${key}`, text: `${key}${value}` });
  await database.close();
  return sinks;
}

it('finds a planted leak in every spelling, so that finding none means something', () => {
  const canaries = { password: ERP_PASSWORD };
  for (const text of [
    ERP_PASSWORD,
    JSON.stringify(ERP_PASSWORD),
    encodeURIComponent(ERP_PASSWORD),
    Buffer.from(`x${ERP_PASSWORD}y`).toString('base64'),
  ])
    expect(leaks([{ name: 'log', text: `a ${text} b` }], canaries)).toEqual(['password in log']);
});

it('leaves no key, token or sensitive parameter in any log, state, item, file, event or reply', {
  timeout: 240_000,
}, async () => {
  const { runtime, fleet, api, key, dataDir, printed } = await startLocalErrand(onTestFinished);

  const secrets = Object.entries(SAMPLE_SECRETS).flatMap(([name, fields]) =>
    Object.entries(fields)
      .filter(([field]) => field !== 'username')
      .map(([field, value]) => [`${name}.${field}`, String(value)] as const),
  );
  const bryterKey = String(SAMPLE_SECRETS['errand/sample-bryter']?.apiKey);
  const echo = [bryterKey, EMAIL].flatMap((value) => [
    value,
    encodeURIComponent(value),
    JSON.stringify(value),
    Buffer.from(`Bearer ${value}`).toString('base64'),
  ]);
  const page = { body: `<html>${echo.join(' ')}</html>`, headers: { 'content-type': 'text/html' } };
  const person = { employeeName: 'Jane Roe', email: EMAIL };

  // A platform that quotes what it was sent: in a refusal, in bad looks, and in every word of a good look.
  fleet.bryter.faults.add({ method: 'POST', fault: { kind: 'reply', status: 400, ...page } });
  const refused = await api.start('onboard-employee', person);
  await settled(refused.id);
  fleet.bryter.faults.add({ method: 'GET', times: 2, fault: { kind: 'reply', status: 500, ...page } });
  fleet.bryter.faults.add({
    method: 'GET',
    fault: {
      kind: 'reply',
      status: 200,
      body: JSON.stringify({ data: { state: echo.join(' ') } }),
      headers: { 'content-type': 'application/json' },
    },
  });
  const started = await Promise.all([
    api.start('onboard-employee', person),
    api.start('post-invoice', { invoiceNumber: 'INV-1', erpPassword: ERP_PASSWORD }),
    api.start('write-offer', { customer: 'Acme' }),
    api.start('create-order', { customer: 'C-1' }),
    api.start('update-forecast', {}),
  ]);
  const ids = [refused.id, ...started.map(({ id }) => id)];
  await Promise.all(ids.map(settled));

  async function settled(id: string): Promise<void> {
    for (let tries = 0; tries < 300; tries += 1) {
      if (isTerminal((await api.run(id)).status as Status)) return;
      await sleep(200);
    }
    throw new Error(`${id} did not end`);
  }

  const token = fleet['assist-edge'].requests
    .map(({ headers }) => headers.authorization)
    .find((value) => value !== undefined);
  const canaries = {
    ...Object.fromEntries(secrets),
    email: EMAIL,
    erpPassword: ERP_PASSWORD,
    token: token?.replace('Bearer ', '') ?? '',
    apiKey: key,
  };
  expect(canaries.token.length).toBeGreaterThan(8);

  const headers = { 'x-api-key': key };
  const replies = await Promise.all(
    ids
      .flatMap((id) => [`/v1/runs/${id}`, `/v1/runs/${id}/events`, `/v1/runs/${id}/output`])
      .map(async (path) => ({
        name: `reply ${path}`,
        text: await (await fetch(new URL(path, runtime.apiUrl), { headers })).text(),
      })),
  );
  const sfn = new SFNClient({});
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn: runtime.environment[ENV.stateMachine] }),
  );
  expect(executions.length).toBe(ids.length);
  const histories = await Promise.all(
    executions.map(async ({ executionArn, name = '' }) => ({
      name: `history ${name}`,
      text: JSON.stringify(
        await sfn.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true })),
      ),
    })),
  );
  expect(histories.every(({ text }) => text.includes('TaskStateExited'))).toBe(true);
  await runtime.close();

  const sinks = [
    ...replies,
    ...histories,
    { name: 'terminal', text: printed.join('\n') },
    ...(await directorySinks(dataDir)),
  ];
  expect(sinks.length).toBeGreaterThan(60);
  expect(sinks.some(({ text }) => text.includes('***'))).toBe(true);
  expect(leaks(sinks, canaries)).toEqual([]);
});
