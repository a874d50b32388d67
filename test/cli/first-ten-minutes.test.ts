/** As somebody new does it: platform, configuration, check, start, first run; and every mistake on the way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { temporaryDir } from '../system/instance.ts';
import { BARE, BIN, errand } from './errand.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanUps.reverse()) await task();
});

interface Running {
  readonly output: () => string;
  stop(): Promise<number | null>;
}

/** A command that stays up, from the line that says so. */
async function up(words: readonly string[], cwd: string, ready: RegExp): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [BIN, ...words], { cwd, env: BARE, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const stop = () => {
    child.kill('SIGINT');
    return ended;
  };
  cleanUps.push(async () => void (await stop()));
  for (let waited = 0; !ready.test(text); waited += 50) {
    if (child.exitCode !== null || waited > 90_000) throw new Error(`it did not start:\n${text}`);
    await sleep(50);
  }
  return { output: () => text, stop };
}

/** Looks again until the command shows what is expected. */
async function untilShown(words: readonly string[], cwd: string, expected: RegExp): Promise<string> {
  for (let looks = 0; ; looks += 1) {
    const { stdout, stderr } = await errand(words, { cwd });
    if (expected.test(stdout)) return stdout;
    if (looks > 40) throw new Error(`it never showed ${expected}:\n${stdout}${stderr}`);
    await sleep(500);
  }
}

let origins: Readonly<Record<string, string>> = {};
let simulators: Running;
beforeAll(async () => {
  const dir = temporaryDir((task) => cleanUps.push(task));
  simulators = await up(['simulate', '--port', '0'], dir, /Ctrl-C stops them/);
  origins = Object.fromEntries(
    [...simulators.output().matchAll(/^([a-z-]+) +(http:\S+)$/gm)].map(([, id, origin]) => [id, origin ?? '']),
  );
}, 30_000);

describe('the first ten minutes', () => {
  it('end with a run that has succeeded, by the lines that each command prints', async () => {
    const dir = temporaryDir((task) => cleanUps.push(task));
    const line = /errand\.js (init --simulator bryter --url \S+)$/m.exec(simulators.output())?.[1] ?? '';
    expect(line).toContain(origins.bryter);
    const begun = performance.now();
    const init = await errand(line.split(' '), { cwd: dir });
    expect([init.code, init.stderr]).toEqual([0, '']);
    const lines = [...init.stdout.matchAll(/^ {2}\S.*errand\.js (.*)$/gm)].map(([, words = '']) => words);
    expect(lines).toEqual(['doctor', 'local', "run onboard-employee --param 'employeeName=Jane Roe' --wait"]);

    const doctor = await errand(['doctor'], { cwd: dir });
    expect([doctor.code, doctor.stderr]).toEqual([0, '']);
    expect(doctor.stdout).toContain('✓ ok      secret');

    const tooEarly = await errand(['run', 'onboard-employee', '--param', 'employeeName=Jane Roe'], { cwd: dir });
    expect([tooEarly.code, tooEarly.stderr]).toEqual([2, expect.stringContaining('Start it with')]);

    const local = await up(['local', '--port', '0'], dir, /Ctrl-C stops\./);
    expect(local.output()).toContain('The configuration is errand.config.ts, as "errand init" wrote it.');
    expect(local.output()).toMatch(/The console page is http:\S+\/console\. It asks for a key: cat \.errand\/dev-key/);
    const run = await errand(['run', 'onboard-employee', '--param', 'employeeName=Jane Roe', '--wait'], { cwd: dir });
    expect([run.code, run.stdout], run.stderr).toEqual([0, expect.stringContaining('SUCCEEDED')]);
    // The sources may have to be built, which a user's second start does not do again.
    expect(performance.now() - begun).toBeLessThan(100_000);

    expect((await errand(['doctor'], { cwd: dir })).stdout).toMatch(/✓ ok {6}errand {5}runs at http:/);
    const inUse = await errand(['local', '--port', '0'], { cwd: dir });
    expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringMatching(/is in use by process .*another --data/)]);
    expect(await local.stop()).toBe(0);
  }, 150_000);
});

describe('what a new user does wrong', () => {
  let dir = '';
  let local: Running;
  let closed = '';

  beforeAll(async () => {
    dir = temporaryDir((task) => cleanUps.push(task));
    const free = createServer();
    await new Promise<void>((ready) => free.listen(0, '127.0.0.1', ready));
    closed = `http://127.0.0.1:${(free.address() as { port: number }).port}`;
    await new Promise((done) => free.close(done));
    const connection = (baseUrl: string, secret: string) => ({ provider: 'smart-flows', baseUrl, secret });
    const flow = (connectionId: string, flowId: string) => ({ connection: connectionId, target: { flowId } });
    const config = {
      connections: {
        good: connection(origins['smart-flows'] ?? '', 'good'),
        badkey: connection(origins['smart-flows'] ?? '', 'bad'),
        down: connection(closed, 'good'),
      },
      flows: {
        'wrong-key': flow('badkey', SMART_FLOWS.offer),
        'wrong-url': flow('down', SMART_FLOWS.offer),
        'wrong-target': flow('good', 'no-such-flow'),
      },
    };
    writeFileSync(join(dir, 'errand.config.json'), JSON.stringify(config));
    const keys = [
      ['good', 'simulated-smart-flows-key'],
      ['bad', 'canary-4711'],
    ] as const;
    for (const [name, input] of keys) await errand(['secrets', 'set', name], { cwd: dir, input });
    local = await up(['local', '--port', '0'], dir, /Ctrl-C stops\./);
  }, 120_000);

  it('is found by the doctor before anything is started, each with what to do', async () => {
    const { code, stdout } = await errand(['doctor'], { cwd: dir });
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ wrong {3}key .*401.*\n.*secrets set bad/);
    expect(stdout).toMatch(/✗ wrong {3}connection nothing listens at .*\n.*connections\.down\.baseUrl/);
    expect(stdout).toMatch(/✗ wrong {3}target .*no-such-flow.*\n.*flows\.wrong-target\.target/);
    expect(stdout).not.toContain('canary');
  });

  it.each([
    ['wrong-key', /what to do +.*errand secrets set/],
    ['wrong-url', /what to do +.*is the platform up.*errand doctor/],
    ['wrong-target', /what to do +.*target/],
  ])(
    'is said by the run itself, with what to do: %s',
    async (flow, expected) => {
      const { code, stdout, stderr } = await errand(['run', flow], { cwd: dir });
      expect([code, stderr]).toEqual([0, expect.stringContaining('is accepted')]);
      const shown = await untilShown(['show', stdout.trim()], dir, expected);
      expect(shown).not.toContain('canary');
    },
    60_000,
  );

  it('is said where a command is called wrongly', async () => {
    const calls: readonly (readonly [words: readonly string[], code: number, expected: string])[] = [
      [['run', 'wrong-kye'], 1, 'wrong-key'],
      [['run', 'wrong-key', '--param', 'a=1'], 2, 'this flow takes no parameters'],
      [['run', 'wrong-key', '--data', 'elsewhere'], 2, 'No Errand runs on the data directory'],
      [['local', '--config', 'nowhere.ts', '--data', 'b'], 2, 'cannot be read'],
      [['local', '--port', 'x'], 2, '--port takes a whole number'],
      [['local', '--port', local.output().match(/listens on http:\S+:(\d+)/)?.[1] ?? '', '--data', 'c'], 2, 'is taken'],
    ];
    for (const [words, code, expected] of calls) {
      const outcome = await errand(words, { cwd: dir });
      expect([outcome.code, outcome.stderr], words.join(' ')).toEqual([code, expect.stringContaining(expected)]);
      expect(outcome.stderr).not.toContain('    at ');
    }
  }, 150_000);
});
