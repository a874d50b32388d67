import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDir } from '../system/instance.ts';
import { errand } from './errand.ts';
import { errandHere } from './errand-here.ts';

const RUN_ID = /^run_[0-9A-Z]{26}\n$/;
const at = errandHere();

const lastLine = (text: string) => text.trim().split('\n').at(-1);
const file = (name: string, text: string) => {
  const path = join(
    temporaryDir((task) => onTestFinished(task)),
    name,
  );
  writeFileSync(path, text);
  return path;
};

describe('errand run', { timeout: 90_000 }, () => {
  it('prints the id alone, for scripts, and says on the side how to look', async () => {
    const { code, stdout, stderr } = await at.here('run', 'forecast', '--business-key', 'k-1', '--tag', 'a=b=c');
    expect([code, stdout]).toEqual([0, expect.stringMatching(RUN_ID)]);
    expect(stderr).toBe(`The run of forecast is accepted. Look at it: errand show ${stdout.trim()}\n`);
    const shown = JSON.parse(await at.done('show', stdout.trim(), '--json'));
    expect(shown).toMatchObject({
      businessKey: 'k-1',
      tags: { a: 'b=c' },
      events: expect.arrayContaining([expect.objectContaining({ type: 'accepted' })]),
    });
  });

  it('waits, prints a line for each change, and ends with what came of it', async () => {
    const { code, stdout, stderr } = await at.here('run', 'offer', '--param', 'customer=Acme', '--wait');
    expect([code, stderr.split('\n')[0]]).toEqual([0, expect.stringMatching(/^run_\w+ {2}offer on smart-flows$/)]);
    expect(stderr).toMatch(
      /^\d\d:\d\d:\d\d {2}QUEUED .*\n(?:.*\n)*\d\d:\d\d:\d\d {2}SUCCEEDED {2}"Success" {2}100 % {2}Done\n$/m,
    );
    expect(stdout).toMatch(
      /^SUCCEEDED {2}"Success" {2}after \d+s.*\nFiles: Offer\.pdf \(\d+ B\)\nGet it: errand output run_\w+ -o \.\n/,
    );
    expect(lastLine(stdout)).toMatch(/^Look again: errand show run_\w+$/);
  });

  it('ends with 1 and says what to do when the run fails; as JSON it prints the run alone', async () => {
    const [failed, json] = await Promise.all([
      at.here('run', 'broken', '--wait'),
      at.here('run', 'broken', '--wait', '--json'),
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^FAILED {2}"fatal_errored"[\s\S]*\nWhat to do: .*\nLook again: errand show/);
    expect([json.code, JSON.parse(json.stdout)]).toEqual([1, expect.objectContaining({ status: 'FAILED' })]);
  });

  it('types parameters as the flow declares them, from options, a file and both', async () => {
    const params = file('params.json', '{"insuredSum":1,"email":"jane@x.example"}');
    const { stdout: id, stderr } = await at.here('run', 'premium', '--params', params, '--param', 'insuredSum=2.5');
    expect(stderr).not.toContain('on a command line');
    const { parameters } = JSON.parse(await at.done('show', id.trim(), '--json'));
    expect(parameters).toEqual({ insuredSum: 2.5, email: '***' });
  });

  it('warns of a secret that everybody on the machine could read', async () => {
    const words = ['--param', 'insuredSum=2', '--param', 'email=jane@x.example'];
    const { code, stderr } = await at.here('run', 'premium', ...words);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^Kept secret, but now on a command line: email\. --params/),
    ]);
    expect(stderr).not.toContain('jane');
  });

  it('sends the platform’s own body where the flow takes one', async () => {
    const body = file('body.xml', '<Offer><customer>Acme</customer></Offer>');
    expect(await at.done('run', 'letter', '--body', body)).toMatch(RUN_ID);
    const wrong = await at.here('run', 'letter', '--param', 'a=b');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('takes the platform’s own body')]);
  });

  it.each([
    [['run', 'offr'], 1, 'There is no flow "offr". Did you mean "offer"? There are offer, dossier,'],
    [['run', 'offer', '--param', 'custmer=A'], 2, '  custmer: unknown, did you mean customer?'],
    [['run', 'offer', '--param', 'customer=A', '--param', 'total=much'], 2, '  total: expected a number such as 12.5'],
    [['run', 'offer'], 2, '  customer: required (text)\n"errand flows offer" shows what it takes.'],
    [['run', 'offer', '--params', 'absent.json'], 2, '--params: the file absent.json cannot be read (ENOENT)'],
    [['run', 'offer', '--body', '-', '--params', '-'], 2, 'both read the standard input'],
    [['run', 'forecast', '--timeout', 'soon'], 2, '--timeout takes a duration such as 90s'],
    [['run', 'forecast', '--tag', 'plain'], 2, '--tag takes NAME=VALUE, got "plain".'],
    [['run', 'forecast', '--wiat'], 2, `Unknown option '--wiat'. Try "errand run --help".`],
    [['run'], 2, 'FLOW is missing.'],
  ] as const)('says what is wrong and what there is: %j', async (words, code, expected) => {
    const outcome = await at.here(...words);
    expect([outcome.code, outcome.stdout]).toEqual([code, '']);
    expect(outcome.stderr).toContain(expected);
  });

  it('tells programs of errors in JSON, too', async () => {
    const { code, stdout, stderr } = await at.here('run', 'offer', '--json');
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toEqual({
      error: { message: expect.stringContaining('customer: required'), exitCode: 2 },
    });
  });
});

/** Errand, with somebody on the way who may answer in its place: `undefined` lets the request through. */
async function throughProxy(answer: (request: IncomingMessage) => 'reset-after' | 503 | undefined): Promise<string> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const instead = answer(request);
    if (instead === 503) return response.writeHead(503).end('{"title":"busy"}');
    const reply = await fetch(new URL(request.url ?? '', at.local.runtime.apiUrl), {
      method: request.method ?? 'GET',
      headers: new Headers(request.headers as Record<string, string>),
      ...(request.method === 'POST' && { body: new Uint8Array(await buffer(request)) }),
    });
    const bytes = Buffer.from(await reply.arrayBuffer());
    if (instead === 'reset-after') return request.socket.resetAndDestroy();
    return response.writeHead(reply.status).end(bytes);
  };
  const server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a start whose answer is lost', { timeout: 90_000 }, () => {
  it('is sent again with the same key, so that one run is all there is', async () => {
    const keys: string[] = [];
    const url = await throughProxy(({ method, headers }) => {
      if (method !== 'POST') return undefined;
      keys.push(String(headers['idempotency-key']));
      return ([undefined, 'reset-after', 503] as const)[keys.length];
    });
    const env = { ERRAND_URL: url, ERRAND_KEY: at.local.key };
    const { code, stdout, stderr } = await errand(['run', 'forecast', '--business-key', 'leaky'], { env });
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(RUN_ID)]);
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    const { items } = JSON.parse(await at.done('runs', '--business-key', 'leaky', '--json'));
    expect(items.map(({ id }: { id: string }) => `${id}\n`)).toEqual([stdout]);
  });

  it('is the same run for a key of the caller’s, however often it is called', async () => {
    const words = ['run', 'forecast', '--key', 'once-and-only'];
    const [first, second] = [await at.done(...words), await at.done(...words)];
    expect(second).toBe(first);
  });
});

describe('an Errand that is away for a while', { timeout: 90_000 }, () => {
  it('is waited for by whoever waits for a run, who is told once', async () => {
    let looks = 0;
    const url = await throughProxy(({ url: path }) => {
      if (path?.startsWith('/v1/runs/run_')) looks += 1;
      return looks === 1 || looks === 2 ? 503 : undefined;
    });
    const env = { ERRAND_URL: url, ERRAND_KEY: at.local.key };
    const { code, stdout, stderr } = await errand(['run', 'broken', '--wait'], { env });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^FAILED /)]);
    expect(stderr.match(/Errand does not answer; trying again\./g)).toHaveLength(1);
  });
});

describe('errand runs, show, rerun, flows, open', { timeout: 90_000 }, () => {
  it('lists the newest first, by what is asked for, and shows one with its reasons and its cost', async () => {
    const { id } = await at.local.api.start('broken', {});
    await at.local.ended(id);
    const [table, shown, json] = await Promise.all([
      at.done('runs', '--flow', 'broken', '--status', 'failed', '--from', '1h'),
      at.done('show', id),
      at.done('runs', '--flow', 'broken', '--limit', '1', '--json'),
    ]);
    const [heading, first] = table.split('\n');
    expect(heading).toMatch(/^RUN +FLOW +STATUS +STARTED +TOOK +NEXT LOOK +KEY$/);
    expect(first).toMatch(new RegExp(`^${id} {2}broken +FAILED +\\d\\d:\\d\\d:\\d\\d +\\d+s`));
    expect(shown).toMatch(new RegExp(`^${id} {2}FAILED`));
    expect(shown).toMatch(/ {2}cost +about 0\.\d+ cents \(\d+ state transitions, \d+ looks?\)/);
    expect(shown).toMatch(/ {2}\d\d:\d\d:\d\d {2}started {5}The platform accepted it as/);
    expect(shown).toMatch(/next look in \d+s: little is known yet/);
    expect(JSON.parse(json).items).toEqual([expect.objectContaining({ id })]);
    const { remoteId } = JSON.parse(json).items[0];
    expect(await at.done('runs', '--remote-id', remoteId)).toContain(id);
    expect(await at.done('runs', '--business-key', 'nobody’s')).toBe('No run is like that.\n');
  });

  it('shows times by the clock of the reader', async () => {
    const utc = JSON.parse(await at.done('show', 'last', '--json'));
    const env = { ERRAND_URL: at.local.runtime.apiUrl, ERRAND_KEY: at.local.key, TZ: 'Asia/Kolkata' };
    const { stdout } = await errand(['show', utc.id], { env });
    const there = new Date(Date.parse(utc.createdAt) + 5.5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    expect(stdout).toContain(`accepted      ${there}, by api`);
  });

  it('starts an ended run once more, linked to the old one', async () => {
    const { id } = await at.local.api.start('broken', {});
    await at.local.ended(id);
    const { code, stdout } = await at.here('rerun', id, '--wait', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ rerunOf: id, trigger: 'rerun' })]);
    const { id: open } = await at.local.api.start('approval', {});
    const refused = await at.here('rerun', open);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('The run has not ended yet')]);
  });

  it('says of a flow what it takes and how it is started', async () => {
    const [all, one, unknown] = await Promise.all([
      at.done('flows'),
      at.done('flows', 'premium'),
      at.here('flows', 'premum'),
    ]);
    expect(all).toMatch(/^FLOW +CONNECTION +TAKES +USUALLY/);
    expect(all).toMatch(/\noffer +smart-flows +customer \[total\]/);
    expect(one).toMatch(/\ninsuredSum +number +required\n/);
    expect(one).toMatch(/\nemail +email +kept secret\n/);
    expect(one).toContain('Start it: errand run premium --param insuredSum=… --wait');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('Did you mean "premium"?')]);
    expect(JSON.parse(await at.done('flows', '--json')).items).toHaveLength(9);
  });

  it('prints the address of a run where there is no terminal to open it from', async () => {
    const { id } = await at.local.api.start('forecast', {});
    expect(await at.done('open', id)).toBe(`${at.local.runtime.apiUrl}/console/runs/${id}\n`);
    const here = await at.here('open', id, '--execution');
    expect([here.code, here.stderr]).toEqual([2, expect.stringContaining('Step Functions has no page for it')]);
  });

  it.each([
    [['show', 'run_1'], 2, '"run_1" is not the id of a run'],
    [['show', `run_${'0'.repeat(26)}`], 1, '"errand runs" shows those there are'],
    [['runs', '--status', 'DONE'], 2, 'There are ACCEPTED, STARTING'],
    [['runs', '--limit', '0'], 2, '--limit takes a whole number'],
  ] as const)('says what is wrong with what was asked: %j', async (words, code, expected) => {
    const outcome = await at.here(...words);
    expect([outcome.code, outcome.stdout]).toEqual([code, '']);
    expect(outcome.stderr).toContain(expected);
  });
});

describe('an Errand that is not there', { timeout: 90_000 }, () => {
  it('ends every command with 2, a start only after it was tried again', async () => {
    const env = { ERRAND_URL: 'http://127.0.0.1:9', ERRAND_KEY: 'k' };
    const [runs, run] = await Promise.all([errand(['runs', '--json'], { env }), errand(['run', 'f'], { env })]);
    expect([runs.code, JSON.parse(runs.stderr).error.message]).toEqual([
      2,
      expect.stringContaining('No Errand answers'),
    ]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('Check the address')]);
  });

  it('is told from one that does not know the key, and from a key that may not', async () => {
    const url = at.local.runtime.apiUrl;
    const wrong = await errand(['runs'], { env: { ERRAND_URL: url, ERRAND_KEY: 'errand_local_x_y' } });
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('does not accept the API key in ERRAND_KEY'),
    ]);
    const key = (await at.done('keys', 'create', '--scopes', 'runs:start')).trim();
    const env = { ERRAND_URL: url, ERRAND_KEY: key };
    const [plain, typed] = await Promise.all([
      errand(['run', 'forecast'], { env }),
      errand(['run', 'offer', '--param', 'customer=A'], { env }),
    ]);
    expect([plain.code, plain.stdout]).toEqual([0, expect.stringMatching(RUN_ID)]);
    expect([typed.code, typed.stderr]).toEqual([1, expect.stringContaining('give them with --params FILE')]);
  });
});
