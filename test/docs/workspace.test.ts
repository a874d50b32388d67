import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MACHINE_PATH, ROOT } from '../cli/errand.ts';
import { differences } from './outcome.ts';
import type { Block } from './pages.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const block = (text: string, more: Partial<Block> = {}): Block => ({
  page: 'docs/none.md',
  line: 1,
  text,
  exits: 0,
  prints: [],
  ...more,
});

describe('commands of a page', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace((task) => cleanUps.unshift(task));
  });
  afterAll(async () => {
    for (const task of cleanUps) await task();
  });
  const typed = async (text: string) => workspace.type(block(text));

  it('remember variables and functions from block to block, as a shell that stays open', async () => {
    expect(await typed('A="b c"\ntwice() { echo "$1$1"; }')).toEqual({ code: 0, output: '' });
    expect(await typed('twice "$A"')).toEqual({ code: 0, output: 'b cb c\n' });
  });

  it('fail where any of them fails, also within a pipe', async () => {
    expect((await typed('cat none.txt\necho went on')).output).not.toContain('went on');
    expect((await typed('cat none.txt | cat')).code).toBe(1);
  });

  it.each([
    'vim README.md',
    'npx cowsay hello',
    'npx cdk destroy',
    'aws ec2 describe-instances',
    'aws sqs send-massage',
    'npm run nothing',
  ])('that nobody thought of fail: %s', async (text) => {
    expect((await typed(text)).code).toBe(127);
  });

  it('are refused by the operation’s own model where a parameter of AWS is mistyped', async () => {
    const { code, output } = await typed('aws dynamodb restore-table-to-point-in-time --source-tabel x');
    expect([code, output]).toEqual([127, 'The operation has no parameter "--source-tabel".\n']);
  });

  it('reach no other machine’s Errand or account by what this process found in its environment', async () => {
    expect((await typed('env')).output).not.toMatch(/^(AWS_(PROFILE|ACCESS)|ERRAND_(URL|KEY))/m);
  });
});

describe('what a page shows', () => {
  it.each([
    ['another code', block('', { exits: 2 }), '', 'ended with 0'],
    ['a line that is missing', block('', { prints: ['one', 'two'] }), 'two\none\n', 'two'],
    ['a value that differs', block('', { json: { a: [{ b: 1 }] } }), '{"a":[{"b":2}]}', 'other JSON'],
    ['no JSON', block('', { json: {} }), 'nothing', 'no JSON'],
    ['a refusal by the API', block(''), '{"type":"about:blank","status":404,"code":"NOT_FOUND"}', 'NOT_FOUND'],
  ])('differs by %s', (_, expected, output, why) => {
    const [difference] = differences(expected, { code: 0, output });
    expect(difference).toContain(why);
  });

  it('may leave out what changes from run to run', () => {
    const json = { id: 'run_…', items: [{ seq: 1 }], at: '…' };
    const output = 'HTTP/1.1 200 OK\n\n{"x":1}{"id":"run_01","items":[{"seq":1},{"seq":2}],"at":7,"more":"}"}';
    expect(differences(block('', { json, prints: ['HTTP/1.1 …'] }), { code: 0, output })).toEqual([]);
  });
});

describe('npx errand', () => {
  it('is the program that the pages call in its place', () => {
    const { status, stdout } = spawnSync('npx', ['errand', 'runs', '--help'], {
      cwd: ROOT,
      env: { PATH: MACHINE_PATH, HOME: process.env.HOME },
      encoding: 'utf8',
    });
    expect([status, stdout.split('\n')[0]]).toEqual([0, 'Lists runs, the newest first (errand runs)']);
  });
});
