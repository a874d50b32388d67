import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LocalErrand, startLocalErrand } from '../system/local-errand.ts';
import { startCloud } from './cloud.ts';
import { errand } from './errand.ts';

let local: LocalErrand;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  local = await startLocalErrand((task) => cleanUps.unshift(task));
}, 120_000);
afterAll(async () => {
  for (const task of cleanUps) await task();
});

const connections = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  errand(['connections', ...words], { env });
const here = (...words: readonly string[]) => connections([...words, '--data', local.dataDir]);
const lineOf = (text: string, id: string) => text.split('\n').find((line) => line.startsWith(`${id} `));
const keyId = () => local.key.split('_')[2];

async function keyFor(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await errand(['keys', 'create', '--data', local.dataDir, ...words]);
  expect(code, stderr).toBe(0);
  return stdout.trim();
}

describe('errand connections, on this machine', () => {
  it('lists them with what is known of each, with or without the word', async () => {
    const { code, stdout } = await here();
    expect(code).toBe(0);
    const [heading, ...lines] = stdout.trim().split('\n');
    expect(heading).toMatch(/^CONNECTION +STATE +IN FLIGHT +QUEUED +BREAKER +LAST SUCCESS +WHY$/);
    expect(lines).toHaveLength(5);
    expect(lineOf(stdout, 'invision')).toMatch(/^invision +ok +- +- +closed +-$/);
    expect((await here('list')).stdout).toBe(stdout);
  });

  it('prints JSON for programs, all of what the API says', async () => {
    const { items } = JSON.parse((await here('list', '--json')).stdout);
    const reply = await fetch(new URL('/v1/connections', local.runtime.apiUrl), {
      headers: { 'x-api-key': local.key },
    });
    expect({ items }).toEqual(await reply.json());
    expect(JSON.parse((await here('--json')).stdout)).toEqual({ items });
  });

  it('pauses one, says why to whoever asks, and resumes it', async () => {
    const paused = await here('pause', 'bryter', '--reason', 'Maintenance until \u001b[2Jsix');
    expect([paused.code, paused.stderr]).toEqual([0, '']);
    const words =
      /^The connection bryter is paused since [\d-]+ [\d:]+ \(Maintenance until \?\[2Jsix\)\. "errand connections resume bryter" ends that\.\n$/;
    expect(paused.stdout).toMatch(words);
    expect(lineOf((await here()).stdout, 'bryter')).toMatch(
      /^bryter +paused .+ since .+: Maintenance until \?\[2Jsix$/,
    );
    const again = JSON.parse((await here('pause', 'bryter', '--json')).stdout);
    expect(again).toMatchObject({ id: 'bryter', state: 'paused', paused: { by: keyId() } });

    const resumed = await here('resume', 'bryter');
    expect([resumed.code, resumed.stdout]).toEqual([0, 'The connection bryter is not paused.\n']);
    expect(lineOf((await here()).stdout, 'bryter')).toMatch(/^bryter +ok /);
    expect(JSON.parse((await here('resume', 'bryter', '--json')).stdout)).not.toHaveProperty('paused');
  });

  it('keeps runs from a platform that is paused, and the run says so', async () => {
    const headers = { 'x-api-key': local.key, 'content-type': 'application/json' };
    const at = (path: string) => new URL(path, local.runtime.apiUrl);
    await here('pause', 'invision');
    const started = await fetch(at('/v1/flows/update-forecast/runs'), { method: 'POST', headers, body: '{}' });
    const { id } = (await started.json()) as { readonly id: string };
    await expect
      .poll(async () => (await fetch(at(`/v1/runs/${id}`), { headers })).json(), { timeout: 20_000, interval: 200 })
      .toMatchObject({ status: 'ACCEPTED', heldBack: { why: 'paused' } });
    await here('resume', 'invision');
    const canceled = await fetch(at(`/v1/runs/${id}/cancel`), { method: 'POST', headers });
    expect(canceled.status).toBe(202);
    expect(await local.ended(id)).toMatchObject({ status: 'CANCELED' });
  });

  it('ends with 1 where Errand says no, and says what it said', async () => {
    for (const decision of ['pause', 'resume']) {
      const { code, stdout, stderr } = await here(decision, '../bryter');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`There is no connection "../bryter" that this API key may ${decision}.`);
    }
    const long = await here('pause', 'bryter', '--reason', 'x'.repeat(501));
    expect([long.code, long.stderr]).toEqual([1, expect.stringContaining('  reason: ')]);
  });
});

describe('errand connections, at an address', () => {
  const at = (words: readonly string[], key: string, url = local.runtime.apiUrl) =>
    connections(words, { ERRAND_URL: url, ERRAND_KEY: key });

  it('sees and does what the key of the environment may', async () => {
    const key = await keyFor('--scopes', 'runs:read', '--flows', 'update-forecast');
    const listed = await at([], key);
    expect([listed.code, listed.stdout.trim().split('\n')]).toEqual([0, [expect.anything(), expect.anything()]]);
    const refused = await at(['pause', 'invision'], key);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"fallout:resolve"')]);
    const some = await keyFor('--scopes', 'fallout:resolve', '--flows', 'onboard-employee');
    const foreign = await at(['pause', 'invision'], some);
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining('There is no connection "invision"')]);
  });

  it('ends with 2 where somebody else answers', async () => {
    const stranger = createServer((_request, response) => response.end('{"items":[{"id":1}]}'));
    await new Promise<void>((ready) => stranger.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void stranger.close());
    const { code, stderr } = await at([], 'k', `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`);
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not Errand')]);
  });
});

describe('errand connections, in the cloud', () => {
  const cloud = (outputs: Readonly<Record<string, string>>) =>
    startCloud((task) => onTestFinished(task), local.runtime.environment, outputs);

  it('asks the API of the stack, which its outputs name, with the key of the environment', async () => {
    const { env, asked } = await cloud({ ApiUrl: local.runtime.apiUrl });
    const stack = (...words: readonly string[]) =>
      connections([...words, '--stack', 'Errand'], { ...env, ERRAND_KEY: local.key });
    expect(JSON.parse((await stack('pause', 'phixflow', '--json')).stdout)).toMatchObject({ state: 'paused' });
    expect(asked[0]).toContain('Action=DescribeStacks');
    expect(lineOf((await stack()).stdout, 'phixflow')).toMatch(/^phixflow +paused /);
    expect((await stack('resume', 'phixflow')).code).toBe(0);
  });

  it('says what is missing: the stack, or its output', async () => {
    const old = await cloud({ TableName: 'errand' });
    for (const [stack, expected] of [
      ['Other', 'There is none of that name'],
      ['Errand', 'lacks the outputs ApiUrl'],
    ] as const) {
      const { code, stdout, stderr } = await connections(['--stack', stack], { ...old.env, ERRAND_KEY: 'k' });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(expected);
    }
  });
});
