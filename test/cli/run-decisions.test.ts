import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { SMART_FLOWS_SCENARIOS } from '../../lib/simulators/smart-flows/scenarios.ts';
import { SMART_FLOWS, SMART_FLOWS_PDF } from '../../lib/simulators/smart-flows.ts';
import { temporaryDir } from '../system/instance.ts';
import { errand } from './errand.ts';
import { errandHere, FLOWS } from './errand-here.ts';

/** More than a reply of the API carries, so that it is fetched by a signed link. */
const LARGE = 5_000_000;
const dossier = SMART_FLOWS_SCENARIOS[SMART_FLOWS.dossier];
const documents = [
  ...(dossier?.documents ?? []),
  { displayName: 'Large', contentType: 'application/pdf', size: LARGE },
];
const scenarios = { ...SMART_FLOWS_SCENARIOS, ...(dossier && { [SMART_FLOWS.dossier]: { ...dossier, documents } }) };

const at = errandHere({
  flows: { ...FLOWS, extract: { ...FLOWS.dossier, target: { ...FLOWS.dossier.target, output: 'Count' } } },
  platforms: { 'smart-flows': { scenarios } },
});
const folder = () => temporaryDir((task) => onTestFinished(task));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function ended(flowId: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { id } = await at.local.api.start(flowId, parameters);
  await at.local.ended(id);
  return id;
}

async function waiting(flowId: string): Promise<string> {
  const { id } = await at.local.api.start(flowId, {});
  await at.local.reaches(id, 'WAITING_FOR_INPUT');
  return id;
}

/** The platform takes the start, and nobody hears of it. */
async function doubtful(): Promise<string> {
  const fault = { kind: 'reset-after' } as const;
  at.local.fleet.bryter.faults.add({ method: 'POST', path: BRYTER_MODULES.calculation, fault });
  return ended('premium', { insuredSum: 1 });
}

describe('errand output', { timeout: 90_000 }, () => {
  it('saves every part into a folder, whole and unchanged, under names that stay in it', async () => {
    const id = await ended('dossier');
    const dir = folder();
    const listed = await at.done('output', id);
    expect(listed).toMatch(
      /^Files \(save them with -o DIR\):\n {2}Letter\.pdf \(\d+ B\)\n {2}Letter-2\.pdf \(10 B\)\n/,
    );
    const { items } = JSON.parse(await at.done('output', id, '-o', dir, '--json'));
    expect(readdirSync(dir).toSorted()).toEqual(items.map(({ name }: { name: string }) => name).toSorted());
    const { files } = JSON.parse(await at.done('output', id, '--json'));
    expect(files.find(({ bytes }: { bytes: number }) => bytes === LARGE)).toBeDefined();
    const kept = readdirSync(dir).map((name) => sha256(readFileSync(join(dir, name))));
    expect(kept.toSorted()).toEqual(files.map((file: { sha256: string }) => file.sha256).toSorted());
  });

  it('replaces a link of that name and does not follow it', async () => {
    const id = await ended('offer', { customer: 'A' });
    const dir = folder();
    const outside = join(folder(), 'precious');
    writeFileSync(outside, 'as it was');
    symlinkSync(outside, join(dir, 'Offer.pdf'));
    expect(await at.done('output', id, '-o', dir)).toBe(`${join(dir, 'Offer.pdf')}\n`);
    expect(readFileSync(outside, 'utf8')).toBe('as it was');
    expect(sha256(readFileSync(join(dir, 'Offer.pdf')))).toBe(sha256(SMART_FLOWS_PDF));
    expect(await at.done('output', id, '--file', 'Offer.pdf', '-o', join(dir, 'mine.pdf'))).toContain('mine.pdf');
    expect(sha256(readFileSync(join(dir, 'mine.pdf')))).toBe(sha256(SMART_FLOWS_PDF));
    expect(await at.done('output', id, '-o', '-')).toContain('%PDF');
  });

  it('prints a value so that a program can read it', async () => {
    const id = await ended('extract');
    expect(JSON.parse(await at.done('output', id))).toEqual({ letters: 2 });
    const dir = join(folder(), 'new');
    mkdirSync(dir);
    await at.done('output', id, '-o', dir);
    expect(JSON.parse(readFileSync(join(dir, 'output.json'), 'utf8'))).toEqual({ letters: 2 });
  });

  it('keeps nothing of a file that came otherwise than the run brought it back', async () => {
    const id = await ended('offer', { customer: 'A' });
    const server = createServer(async (request, response) => {
      const headers = { 'x-api-key': at.local.key };
      const reply = await fetch(new URL(request.url ?? '', at.local.runtime.apiUrl), { headers });
      const bytes = Buffer.from(await reply.arrayBuffer());
      if (request.url?.includes('/files/')) bytes[0] = 0;
      response.writeHead(reply.status).end(bytes);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void server.close());
    const env = { ERRAND_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ERRAND_KEY: 'k' };
    const dir = folder();
    const { code, stderr } = await errand(['output', id, '-o', dir], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not what the run brought back')]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('says what there is where it is not clear what is meant', async () => {
    const id = await ended('dossier');
    const { id: open } = await at.local.api.start('approval', {});
    const [several, unknown, early, lost] = await Promise.all([
      at.here('output', id, '-o', '-'),
      at.here('output', id, '--file', 'Leter.pdf'),
      at.here('output', open),
      at.here('output', id, '--file', 'Letter.pdf', '-o', join(folder(), 'absent', 'x.pdf')),
    ]);
    expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('Name a folder that exists')]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('There are:\n  Letter.pdf (')]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('The run has not ended yet')]);
    expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining('cannot be written (ENOENT)')]);
  });
});

describe('errand answer', { timeout: 90_000 }, () => {
  it('shows the fields of the question, takes the answer, and says what the platform refuses', async () => {
    const id = await waiting('question');
    const asked = await at.done('answer', id);
    expect(asked).toMatch(/^It waits for an answer: errand answer run_/);
    expect(asked).toMatch(/\nFIELD +QUESTION +TYPE/);
    const fields = [...asked.matchAll(/--value (\S+)=…/g)].map(([, field]) => field);
    expect(fields).toHaveLength(2);
    const refused = await at.here('answer', id, '--value', 'town=Graz');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('A field is not in the schema')]);
    const answers = fields.flatMap((field) => ['--value', `${field}=Graz`]);
    expect(await at.done('answer', id, ...answers)).toContain('The platform has the answer');
    expect(await at.local.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await at.done('answer', id)).toBe(`The run ${id} does not wait for input: it is SUCCEEDED.\n`);
  });

  it('gives the link where only a person can answer', async () => {
    const id = await waiting('approval');
    const link = `${at.local.fleet.bryter.origin}/`;
    expect(await at.done('answer', id)).toContain(`which a person gives at ${link}`);
    const refused = await at.here('answer', id, '--value', 'decision=yes');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(link)]);
    expect(JSON.parse(await at.done('answer', id, '--json'))).toMatchObject({ id, waitingFor: { kind: 'input' } });
  });
});

describe('errand cancel', { timeout: 90_000 }, () => {
  it('says what the platform confirmed, and that it cannot', async () => {
    const [nightly, approval] = await Promise.all([
      at.local.api.start('nightly', {}),
      at.local.api.start('approval', {}),
    ]);
    for (const { id } of [nightly, approval])
      await at.local.until(async () => Number((await at.local.api.run(id)).looks) > 0);
    const [confirmed, unsupported] = await Promise.all([at.done('cancel', nightly.id), at.done('cancel', approval.id)]);
    expect(confirmed).toBe(`The run ${nightly.id} is CANCELED; the platform has confirmed it.\n`);
    expect(unsupported).toContain('is CANCELED; the platform cannot cancel: the job goes on there');
    const late = await at.here('cancel', nightly.id);
    expect([late.code, late.stderr]).toEqual([1, 'Too late to cancel: the run is CANCELED.\n']);
  });
});

describe('errand fallout', { timeout: 90_000 }, () => {
  it('lists what waits with its evidence and the way out, and takes each decision once', async () => {
    const [closed, adopted] = [await doubtful(), await doubtful()];
    const list = await at.done('fallout');
    expect(list).toMatch(new RegExp(`${closed} {2}AMBIGUOUS_START {2}premium on bryter`));
    expect(list).toMatch(/ {2}why +.+\n {2}evidence +.*calledAt=/);
    expect(list).toContain(`errand fallout resolve ${adopted}`);
    expect(JSON.parse(await at.done('fallout', 'list', '--json')).items).toHaveLength(2);

    const reason = ['--reason', 'Looked there'];
    expect(await at.done('fallout', 'resolve', closed, '--close', 'failed', ...reason)).toContain('is FAILED now');
    const again = await at.here('fallout', 'resolve', closed, '--not-started', ...reason);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('There is nothing to decide')]);

    const session = await lastSession();
    expect(await at.done('fallout', 'resolve', adopted, '--adopt', session, ...reason)).toContain('is QUEUED now');
    expect(await at.local.ended(adopted)).toMatchObject({ status: 'SUCCEEDED', remoteId: session });
    expect(await at.done('fallout')).toBe('Nothing waits for a decision.\n');
    expect(await at.done('show', closed)).toContain('Closed by a person as FAILED: Looked there');
  });

  it.each([
    [['--reason', 'x'], 'Say one of --adopt ID, --not-started and --close STATUS.'],
    [['--reason', 'x', '--not-started', '--close', 'FAILED'], 'Say one of'],
    [['--reason', 'x', '--close', 'DONE'], '--close takes SUCCEEDED, FAILED, CANCELED'],
    [['--not-started'], '--reason is missing.'],
  ])('takes exactly one decision with its reason: %j', async (words, expected) => {
    const { code, stdout, stderr } = await at.here('fallout', 'resolve', 'last', ...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });
});

async function lastSession(): Promise<string> {
  const jobs = await fetch(`${at.local.fleet.bryter.origin}/_simulator/jobs`);
  const sessions = (await jobs.json()) as readonly { readonly id: string; readonly moduleId: string }[];
  return sessions.findLast(({ moduleId }) => moduleId === BRYTER_MODULES.calculation)?.id ?? 'none';
}
