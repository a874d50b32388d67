import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDir } from '../system/instance.ts';
import { errand, runToEnd } from './errand.ts';
import { type Answer, AT, always, FLOW, ID, RUN, saying } from './saying-api.ts';
import { onTerminal } from './terminal.ts';

/** Sets a title, colours, clears the screen, turns the reading direction, begins a line of its own. */
const EVIL = '\u001b]0;mine\u0007\u001b[31m\u009b2J\u202Eevil\nSUCCEEDED';
const OBEYED = /[^\P{Cc}\n]|\p{Cf}/u;

describe('what an API says', { timeout: 60_000 }, () => {
  it.each([
    ['a status', { ...RUN, status: EVIL }],
    ['a flow', { ...RUN, flowId: EVIL }],
    ['a connection', { ...RUN, connection: EVIL }],
    ['a code', { ...RUN, error: { code: EVIL, message: '' } }],
    ['a reason', { ...RUN, fallout: { reason: EVIL } }],
    ['an id', { ...RUN, id: `run_${EVIL}` }],
  ])('is not taken for Errand’s word when %s is none', async (_, run) => {
    const env = await saying(always(run));
    const { code, stdout, stderr } = await errand(['show', 'last'], { env });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^What answers at http:\/\/127\.0\.0\.1:\d+ is not Errand \(status 200\)\.\n$/);
  });

  it('never reaches the terminal as anything but text, in JSON without a loss', async () => {
    const run = { ...RUN, remoteStatus: EVIL, businessKey: EVIL, parameters: { [EVIL]: EVIL }, remoteId: EVIL };
    const flow = { ...FLOW, description: EVIL, deadline: EVIL, schedule: { cron: EVIL, timezone: EVIL } };
    const events = [{ seq: 1, at: AT, type: 'look', message: EVIL }];
    const env = await saying(always(run, { events, flow }));
    const lines = ['runs', 'show last', 'flows offer', 'show last --json', 'run offer --json'];
    const [, , , shown, started] = await Promise.all(
      lines.map(async (line) => {
        const { code, stdout, stderr } = await errand(line.split(' '), { env });
        expect([line, code, OBEYED.exec(stdout + stderr)], stderr).toEqual([line, 0, null]);
        return stdout;
      }),
    );
    expect(JSON.parse(shown ?? '')).toMatchObject({ ...run, events });
    expect(JSON.parse(started ?? '')).toEqual(run);
  });

  it('is as harmless in the list of keys', async () => {
    const key = { keyId: 'k', scopes: [], createdAt: AT, name: EVIL };
    const { stdout } = await errand(['keys', 'list', '--json'], { env: await saying(() => ({ items: [key] })) });
    expect([OBEYED.exec(stdout), JSON.parse(stdout).items]).toEqual([null, [key]]);
  });

  it('is quoted in a line that people copy: a field’s name is the platform’s', async () => {
    const form = { properties: { "n; rm -rf ~ '": {}, city: {} } };
    const waiting = { ...RUN, status: 'WAITING_FOR_INPUT', waitingFor: { kind: 'form', answerable: true, form } };
    const { stdout } = await errand(['answer', 'last'], { env: await saying(always(waiting)) });
    expect(stdout).toContain(`Answer it: errand answer ${ID} --value 'n; rm -rf ~ '\\'''=… --value city=…\n`);
  });
});

describe('an output', { timeout: 60_000 }, () => {
  const href = `/v1/runs/${ID}/output/files/Offer.pdf`;
  const file = { name: 'Offer.pdf', mediaType: 'application/pdf', bytes: 9, sha256: '0', href };
  const bringing = (output: object): Answer => {
    return (_, path) => (path.endsWith('/output') ? output : path.startsWith(href) ? 'silence' : RUN);
  };
  const folder = () => temporaryDir((task) => onTestFinished(task));

  it('is written into a pipe or a device and does not take its place', async () => {
    const pipe = join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const env = await saying(bringing({ value: 'Graz', files: [] }));
    const [{ code, stderr }, { stdout }] = await Promise.all([
      errand(['output', ID, '-o', pipe], { env }),
      runToEnd('timeout', ['20', 'cat', pipe]),
    ]);
    expect([code, stdout], stderr).toEqual([0, 'Graz\n']);
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  it('leaves nothing behind when Ctrl-C comes before all of it', async () => {
    const dir = folder();
    const session = await onTerminal(['output', ID, '-o', dir], { env: await saying(bringing({ files: [file] })) });
    await expect.poll(() => readdirSync(dir), { timeout: 10_000 }).toHaveLength(1);
    session.interrupt();
    expect(await session.ended).toBe(130);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('does not come between JSON, nor upon a terminal that was not asked for it', async () => {
    const env = await saying(bringing({ value: EVIL, files: [file] }));
    for (const words of [
      ['--file', 'output.txt'],
      ['-o', '-'],
    ]) {
      const { code, stdout, stderr } = await errand(['output', ID, ...words, '--json'], { env });
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('With --json')]);
    }
    const session = await onTerminal(['output', ID, '--file', 'output.txt'], { env });
    expect(await session.ended).toBe(2);
    expect(session.raw()).toBe('Name a file or a folder with -o. -o - prints it here, whatever is in it.\r\n');
  });
});

describe('instants', () => {
  it('are those of the reader’s clock in every list', async () => {
    const connection = { id: 'c', state: 'told-to-wait', limits: {}, toldToWaitUntil: AT, lastSuccessAt: AT };
    const key = { keyId: 'k', scopes: [], createdAt: AT, expiresAt: AT };
    const env = await saying((_, path) =>
      path === '/v1/keys' ? { items: [key] } : { items: [{ ...connection, breaker: { state: 'closed' } }] },
    );
    const there = { env: { ...env, TZ: 'Asia/Kolkata' } };
    const [connections, keys] = await Promise.all([errand(['connections'], there), errand(['keys', 'list'], there)]);
    expect(connections.stdout).toMatch(/2026-03-02 14:30 {2}until 14:30:00\n$/);
    expect(keys.stdout).toMatch(/2026-03-02 14:30 {2}2026-03-02 14:30 {2}never\n$/);
  });
});
