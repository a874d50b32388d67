import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BIN, errand, runToEnd } from './errand.ts';
import { AT, always, FLOW, ID, RUN, saying } from './saying-api.ts';
import { onTerminal } from './terminal.ts';

describe('an API that says nothing more', { timeout: 60_000 }, () => {
  it('keeps nobody from leaving: Ctrl-C ends a wait and a list at once', async () => {
    let lists = 0;
    const env = await saying((method, path) => {
      if (path === '/v1/runs') return lists++ === 0 ? { items: [RUN] } : 'silence';
      return method === 'POST' ? RUN : path.startsWith('/v1/flows') ? FLOW : 'silence';
    });
    const [wait, list] = [
      await onTerminal(['run', 'offer', '--wait'], { env }),
      await onTerminal(['runs', '--watch'], { env }),
    ];
    await Promise.all([wait.until('Ctrl-C stops watching'), list.until(ID)]);
    await expect.poll(() => lists, { timeout: 10_000 }).toBe(2);
    const begin = Date.now();
    wait.interrupt();
    list.interrupt();
    expect([await wait.ended, await list.ended]).toEqual([2, 0]);
    expect(Date.now() - begin).toBeLessThan(5_000);
    expect(wait.screen()).toContain(`The run goes on. Look at it again: errand show ${ID}`);
  });

  it('does not hide how a run has ended', async () => {
    const run = { ...RUN, status: 'SUCCEEDED', endedAt: AT, output: { available: true, bytes: 1 } };
    const env = await saying((method, path) => (path.endsWith('/output') ? 'reset' : always(run)(method, path)));
    const { code, stdout, stderr } = await errand(['run', 'offer', '--wait'], { env });
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^SUCCEEDED {2}after 0ms\nLook again: .*\n$/)]);
  });

  it.each([429, 500, 502, 504])('is waited for where a gateway answers %i in its place', async (status) => {
    const asked: string[] = [];
    const env = await saying((method, path) => {
      asked.push(method);
      if (method === 'POST' && status >= 500 && !asked.slice(0, -1).includes('POST')) return status;
      if (path.endsWith('/events')) return { items: [] };
      if (method === 'POST') return RUN;
      if (path.startsWith('/v1/flows')) return FLOW;
      return asked.filter((one) => one === 'GET').length < 4 ? status : { ...RUN, status: 'FAILED', endedAt: AT };
    });
    const { code, stdout, stderr } = await errand(['run', 'offer', '--wait'], { env });
    expect([code, stdout], stderr).toEqual([1, expect.stringMatching(/^FAILED/)]);
    expect(stderr).toContain(`does not answer for now (status ${status})`);
  });

  it('has called a run off all the same, once it has said so', async () => {
    let canceled = false;
    const env = await saying((method, path) => {
      if (method === 'POST') canceled = path.endsWith('/cancel');
      else if (canceled) return 'reset';
      return RUN;
    });
    const { code, stdout, stderr } = await errand(['cancel', ID], { env });
    expect([code, stdout], stderr).toEqual([
      0,
      `The run ${ID} is being canceled; the platform has not answered yet.\n`,
    ]);
  });
});

describe('an address', () => {
  it('is said to be wrong before anything is sent, without what is secret of it', async () => {
    for (const ERRAND_URL of ['https://jane:pass@errand.example', 'https://errand.example/prod?pass=pass']) {
      const { code, stderr } = await errand(['runs'], { env: { ERRAND_URL, ERRAND_KEY: 'k' } });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^The address of an API .*\(errand\.example\/\w*\)\.\n$/),
      ]);
    }
  });

  it('where nobody answers is told with the reason that the network gives', async () => {
    const { stderr } = await errand(['runs'], { env: { ERRAND_URL: 'http://127.0.0.1:2', ERRAND_KEY: 'k' } });
    expect(stderr).toMatch(/^No Errand answers at http:\/\/127\.0\.0\.1:2 \(ECONNREFUSED\)\. Check the address/);
  });
});

describe('a result that cannot be written', () => {
  it.runIf(existsSync('/dev/full'))(
    'is none: a full disk ends with 2, a reader who has seen enough with 0',
    async () => {
      const env = await saying(always(RUN));
      const into = (where: string) =>
        runToEnd('sh', ['-c', `"$0" "$1" runs --json ${where}`, process.execPath, BIN], { env });
      const full = await into('> /dev/full');
      expect([full.code, full.stderr]).toEqual([2, 'The result could not be written (ENOSPC).\n']);
      const closed = await into('| true; exit');
      expect([closed.code, closed.stderr]).toEqual([0, '']);
    },
  );
});

describe('a key that cannot be sent', () => {
  it.each(['k\u200Bx', 'two words', '“key”'])(
    'is said to be none, not an Errand that does not answer: %j',
    async (key) => {
      const env = { ERRAND_URL: 'http://127.0.0.1:9', ERRAND_KEY: key };
      const { code, stderr } = await errand(['runs'], { env });
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('in the environment variable ERRAND_KEY is no API key'),
      ]);
      expect(stderr).not.toContain(key);
    },
  );
});

describe('a terminal that only prints', { timeout: 60_000 }, () => {
  it('is given a line for each change, and no list that would be drawn again', async () => {
    let looks = 0;
    const env = {
      ...(await saying((_, path) => {
        if (path.endsWith('/events')) return { items: [] };
        if (path.startsWith('/v1/flows/') && !path.endsWith('/runs')) return FLOW;
        return path === `/v1/runs/${ID}` && ++looks > 1 ? { ...RUN, status: 'FAILED', endedAt: AT } : RUN;
      })),
      TERM: 'dumb',
    };
    const session = await onTerminal(['run', 'offer', '--wait'], { env });
    expect(await session.ended).toBe(1);
    expect(session.raw()).toMatch(/\d\d:\d\d:\d\d {2}RUNNING\r\n\d\d:\d\d:\d\d {2}FAILED\r\n/);
    expect(session.raw()).not.toContain('\u001b');
    const watch = await onTerminal(['runs', '--watch'], { env });
    expect(await watch.ended).toBe(2);
  });

  it('that is narrow and low shows the status, however much the platform says', async () => {
    const run = { ...RUN, progress: { percentage: 30, message: 'word '.repeat(150) } };
    const events = [{ seq: 1, at: AT, type: 'trouble', message: 'The network is away' }];
    const env = await saying((method, path) => {
      const updatedAt = new Date().toISOString();
      return always({ ...run, updatedAt }, { events })(method, path);
    });
    const session = await onTerminal(['run', 'offer', '--wait'], { env, columns: 40, rows: 12 });
    await session.until(/RUNNING[\s\S]+The network is away/);
    session.interrupt();
    expect(await session.ended).toBe(2);
  });

  it('that is narrow and low shows the newest runs, however many lines each takes', async () => {
    const runs = Array.from({ length: 20 }, (_, index) => ({ ...RUN, id: `${ID.slice(0, -2)}${10 + index}` }));
    const env = await saying(() => ({ items: runs }));
    const session = await onTerminal(['runs', '--watch'], { env, columns: 40, rows: 12 });
    const screen = await session.until(`${ID.slice(0, -2)}10`);
    expect(screen).toMatch(/^RUN/);
    session.interrupt();
    expect(await session.ended).toBe(0);
  });
});
