import { describe, expect, it } from 'vitest';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { errandHere, FLOWS } from './errand-here.ts';
import { onTerminal, type TerminalOptions, type TerminalSession } from './terminal.ts';

const { 'errand/sample-phixflow': _, ...present } = SAMPLE_SECRETS;
/** A key that the platform does not take, and none at all. */
const secrets = { ...present, 'errand/sample-assist-edge': { username: 'svc-errand', password: 'mistyped-password' } };

const at = errandHere({
  secrets,
  flows: {
    ...FLOWS,
    robot: { connection: 'assist-edge', target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' } },
    order: { connection: 'phixflow', target: { application: 'shop', endpoint: 'createOrder', mode: 'sync' } },
    elsewhere: { ...FLOWS.offer, target: { ...FLOWS.offer.target, flowId: '00000000-0000-4000-8000-000000000000' } },
    module: { ...FLOWS.approval, target: { publishedModuleId: 'no-such-module_000000' } },
  },
});

const terminal = (words: readonly string[], options?: TerminalOptions) =>
  onTerminal([...words, '--data', at.local.dataDir], options);
const CURSOR_UP = '\u001b[1A';

async function stopped(session: TerminalSession): Promise<string> {
  session.interrupt();
  expect(await session.ended).toBe(2);
  return session.screen();
}

describe('errand run --wait, on a terminal', { timeout: 90_000 }, () => {
  it('draws one picture again and again: status, progress, the next look with its reason; and ends with a summary', async () => {
    const session = await terminal(['run', 'offer', '--param', 'customer=Acme', '--wait']);
    expect(await session.ended).toBe(0);
    const [screen, raw] = [session.screen(), session.raw()];
    expect(screen).toMatch(/QUEUED {2}"\w+" {2}\d+/);
    expect(screen).toMatch(/[█░]{24} \d+ % {2}\w+/);
    expect(screen).toMatch(/next look in \d+s: little is known yet of how long such runs take/);
    expect(screen).toMatch(
      /SUCCEEDED {2}"Success" {2}after \d+s.*\nFiles: Offer\.pdf .*\nGet it: .*\nLook again: errand show run_\w+\n$/,
    );
    expect(raw).toContain(CURSOR_UP);
    // Green, and the cursor is given back.
    expect(raw).toContain('\u001b[32mSUCCEEDED');
    expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'));
  });

  it('shows how a waiting run is answered; Ctrl-C leaves the run going and says how to look again', async () => {
    const session = await terminal(['run', 'approval', '--wait']);
    await session.until(/It waits for an answer, which a person gives at http/, 25_000);
    const screen = await stopped(session);
    const [, id = ''] = /The run goes on\. Look at it again: errand show (run_\w+)\n$/.exec(screen) ?? [];
    expect(await at.local.api.run(id)).toMatchObject({ status: 'WAITING_FOR_INPUT' });
  });

  it('has no colours where they are not wanted', async () => {
    const session = await terminal(['runs'], { env: { NO_COLOR: '1' } });
    expect(await session.ended).toBe(0);
    expect(session.raw()).not.toContain('\u001b[3');
  });

  it('draws the list of runs again as it changes, until Ctrl-C', async () => {
    const session = await terminal(['runs', '--flow', 'broken', '--watch']);
    await session.until('No run is like that.');
    const { id } = await at.local.api.start('broken', {});
    await session.until(new RegExp(`${id} {2}broken {2}FAILED`));
    session.interrupt();
    expect(await session.ended).toBe(0);
    expect(session.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(session.raw().lastIndexOf('\u001b[?25l'));
    const piped = await at.here('runs', '--watch');
    expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('--watch draws on a terminal')]);
  });

  it('opens no browser for whoever only wants the address', async () => {
    const session = await terminal(['open', 'last', '--print']);
    expect([await session.ended, session.screen()]).toEqual([
      0,
      expect.stringMatching(/^http.+\/console\/runs\/run_\w+\n$/),
    ]);
  });
});

describe('a new user’s mistakes, while the run is waited for', { timeout: 90_000 }, () => {
  it('a wrong key is said, and what to do', async () => {
    const session = await terminal(['run', 'robot', '--wait']);
    await session.until(/What to do: Check the key: "errand secrets set NAME" stores a new one/, 25_000);
    expect(await stopped(session)).toMatch(/refused our key/);
  });

  it('a key that is missing altogether ends the run with what to do', async () => {
    const session = await terminal(['run', 'order', '--wait']);
    expect(await session.ended).toBe(1);
    expect(session.screen()).toMatch(
      /FALLOUT {2}SECRET_UNAVAILABLE[\s\S]*What to do: Put the secret in: "errand secrets set NAME"/,
    );
  });

  it('a wrong target is told by the platform’s own answer', async () => {
    const session = await terminal(['run', 'elsewhere', '--param', 'customer=A', '--wait']);
    expect(await session.ended).toBe(1);
    expect(session.screen().replaceAll('\n', ' ')).toMatch(
      /INPUT_REJECTED.*the reply was 404.*What to do: .*check the flow’s `target`/,
    );
  });

  it('a wrong target is thought of where the platform answers it like a wrong key', async () => {
    const session = await terminal(['run', 'module', '--wait'], { columns: 400 });
    await session.until('Check the key and the target of the flow', 25_000);
    await stopped(session);
  });

  it('a platform that is down, or whose address is wrong, is said while the run waits for it', async () => {
    await at.local.fleet.invision.close();
    const session = await terminal(['run', 'forecast', '--wait'], { columns: 400 });
    const screen = await session.until(/Nothing was sent\. .*\(ECONNREFUSED\)/, 25_000);
    expect(screen).toMatch(
      /What to do: Nothing listens there: is the platform up, and are host and port of `baseUrl` right\?/,
    );
    expect(await session.until(/next try in \d+s/)).toBeDefined();
    await stopped(session);
  });
});
