import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { STATUSES } from '../../lib/domain/status.ts';
import { temporaryDir } from '../system/instance.ts';
import { BIN, errand, runToEnd } from './errand.ts';

const newDir = () => temporaryDir((task) => onTestFinished(task));

/** What a real bash offers for a line, its script sourced twice as some set-ups do. */
async function inBash(lines: readonly string[], cwd = newDir(), env: Readonly<Record<string, string>> = {}) {
  const script = [
    `errand() { '${process.execPath}' '${BIN}' "$@"; }`,
    'source <(errand completion bash)',
    'source <(errand completion bash)',
    'complete -p errand',
    `offer() { COMP_LINE="$1"; COMP_POINT=\${#1}; _errand_complete; (IFS=,; echo "\${COMPREPLY[*]}"); }`,
    ...lines.map((line) => `offer '${line.replaceAll("'", `'\\''`)}'`),
  ];
  const { stdout, stderr } = await runToEnd('bash', ['--norc', '-c', script.join('\n')], { cwd, env });
  expect(stderr).toBe('');
  const [registered, ...offers] = stdout.trimEnd().split('\n');
  expect(registered).toContain('-F _errand_complete errand');
  return offers.map((offer) => (offer === '' ? [] : offer.split(',')));
}

/** An API with a flow and a run, or one that never answers. */
async function api(isSilent = false): Promise<string> {
  const replies: Readonly<Record<string, object>> = {
    '/v1/flows': { items: [{ id: 'onboard', parametersSchema: { properties: { employeeName: {}, email: {} } } }] },
    '/v1/runs?limit=20': { items: [{ id: 'run_01KB', flowId: 'onboard', status: 'RUNNING' }] },
    '/v1/connections': { items: [{ id: 'acme-bryter', provider: 'bryter' }, { id: '$(touch ran)' }, { id: 'a;b' }] },
  };
  const server = createServer((request, response) => {
    if (isSilent) return;
    const reply = request.headers['x-api-key'] === 'k' ? replies[request.url ?? ''] : undefined;
    response.writeHead(reply === undefined ? 404 : 200).end(JSON.stringify(reply ?? {}));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('completion in a real bash', () => {
  it('offers commands, commands below them, options and closed lists', async () => {
    const [runs, below, options, after, within, scopes, providers] = await inBash([
      'errand ru',
      'errand keys ',
      'errand runs --st',
      'errand runs --status FA',
      'errand runs --status=FA',
      'errand keys create --scopes runs:',
      'errand init --provider smart',
    ]);
    expect(runs).toEqual(['run', 'runs']);
    expect(below).toEqual(['create', 'list', 'revoke']);
    expect(options).toEqual(['--status', '--stack']);
    const expected = STATUSES.filter((status) => status.startsWith('FA'));
    expect([after, within]).toEqual([expected, expected]);
    expect(scopes).toEqual(['runs:start', 'runs:read', 'runs:cancel']);
    expect(providers).toEqual(['smart-flows']);
  }, 30_000);

  it('offers what the Errand in reach has: flows, their parameters, runs, connections', async () => {
    const env = { ERRAND_URL: await api(), ERRAND_KEY: 'k', ERRAND_COMPLETION_MS: '10000' };
    const lines = ['errand run on', 'errand run onboard --param ', 'errand show ', 'errand connections pause '];
    expect(await inBash(lines, newDir(), env)).toEqual([
      ['onboard'],
      ['employeeName=', 'email='],
      ['last', 'run_01KB'],
      ['acme-bryter'],
    ]);
  }, 30_000);

  it('runs nothing of what has been typed, and leaves file names to the shell', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'a.json'), '');
    mkdirSync(join(dir, 'sub'));
    const offers = await inBash(
      ['errand run $(touch ran) ', 'errand run `touch ran`', 'errand doctor --config a'],
      dir,
    );
    expect(existsSync(join(dir, 'ran'))).toBe(false);
    expect(offers.at(-1) ?? []).toEqual([]);
  }, 30_000);
});

describe('errand complete', () => {
  it('offers nothing, and says nothing, where nobody answers in time', async () => {
    const env = { ERRAND_URL: await api(true), ERRAND_KEY: 'k' };
    const { code, stdout, stderr } = await errand(['complete', '--', 'run', ''], { env });
    expect([code, stdout, stderr]).toEqual([0, ':4\n', '']);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    const { code, stdout } = await errand(['completion', shell]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/errand complete/)]);
  });

  it('names the shells that it knows', async () => {
    const { code, stderr } = await errand(['completion', 'tcsh']);
    expect([code, stderr]).toEqual([2, 'There is no completion for "tcsh". Known are bash, zsh, fish, powershell.\n']);
  });
});
