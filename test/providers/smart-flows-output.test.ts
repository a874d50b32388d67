import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import type { ProviderFile } from '../../lib/providers/provider.ts';
import { documentsIn, fileName } from '../../lib/providers/smart-flows/output.ts';
import { smartFlows } from '../../lib/providers/smart-flows.ts';
import { bytesOfSize } from '../../lib/simulators/smart-flows/documents.ts';
import { SMART_FLOWS, SMART_FLOWS_PDF, SMART_FLOWS_SCENARIOS } from '../../lib/simulators/smart-flows.ts';
import { API_KEY, begin, openWorld, options, type SmartFlowsWorld } from '../helpers/smart-flows-world.ts';

async function finish(world: SmartFlowsWorld, target: object, settings: object = {}) {
  const session = world.open({ target: { ...target }, settings: { ...settings } });
  const handle = await begin(session);
  world.advance(60_000);
  return { fetch: async () => session.fetchOutput?.(handle, options) };
}

async function bytesOf(file: ProviderFile | undefined) {
  if (file === undefined) throw new Error('There is no such file.');
  return new Uint8Array(await buffer(await file.open(options)));
}

describe('smart-flows documents', () => {
  it('brings the bytes home untouched, all 256 values of them', async () => {
    const { fetch } = await finish(await openWorld(), {});
    const output = await fetch();
    expect(output?.files).toMatchObject([{ name: 'Offer.pdf', mediaType: 'application/pdf' }]);
    expect(await bytesOf(output?.files[0])).toEqual(SMART_FLOWS_PDF);
    expect(new Set(SMART_FLOWS_PDF).size).toBe(256);
    expect(output).not.toHaveProperty('value');
  });

  it('are each waited for: a description and its bytes have a turn of their own', async () => {
    const world = await openWorld();
    const flowId = SMART_FLOWS.dossier;
    const handle = await begin(world.open({ target: { flowId } }));
    world.advance(60_000);
    const settings = smartFlows.settings.parse({});
    const baseUrl = world.simulator.origin;
    const client = createHttpClient({ baseUrl, auth: smartFlows.auth({ apiKey: API_KEY }, settings) });
    const arrived: number[] = [];
    const http = client.metered?.(async () => void arrived.push(world.simulator.requests.length)) ?? client;
    const session = smartFlows.connect({ settings, target: smartFlows.target.parse({ flowId }), baseUrl, http });
    const output = await session.fetchOutput?.(handle, options);
    for (const file of output?.files ?? []) await bytesOf(file);
    // After the start: the progress, four descriptions, four contents.
    expect(arrived).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(world.simulator.requests).toHaveLength(10);
  });

  it('finds documents by their type, at any depth, because property names differ by block', async () => {
    const { fetch } = await finish(await openWorld(), { flowId: SMART_FLOWS.dossier });
    const files = (await fetch())?.files ?? [];
    expect(files.map(({ name }) => name)).toEqual(['Letter.pdf', 'Letter.pdf', 'Terms.docx', 'Data']);
    expect(files.map(({ mediaType }) => mediaType)).toEqual([
      'application/pdf',
      'application/pdf',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/octet-stream',
    ]);
    expect(await bytesOf(files[1])).toEqual(bytesOfSize(10));
    expect(await bytesOf(files[2])).toEqual(bytesOfSize(300_000));
    expect(await bytesOf(files[3])).toEqual(new Uint8Array(0));
  });

  it('also hands out the documents of a run that ended with a warning', async () => {
    const { fetch } = await finish(await openWorld(), { flowId: SMART_FLOWS.newsletter });
    expect((await fetch())?.files).toHaveLength(1);
  });

  it('looks into the execution when the progress has no model any more', async () => {
    const world = await openWorld();
    const { fetch } = await finish(world, {});
    world.simulator.faults.add({
      path: '/progress',
      fault: { kind: 'reply', status: 200, body: '{"status":"Success"}' },
    });
    expect((await fetch())?.files).toMatchObject([{ name: 'Offer.pdf' }]);
  });

  it('has nothing to give for a flow without documents', async () => {
    const world = await openWorld();
    const session = world.open({ target: { flowId: SMART_FLOWS.heartbeat, rootElement: undefined } });
    const handle = await begin(session, {});
    world.advance(60_000);
    expect(await session.fetchOutput?.(handle, options)).toEqual({ files: [] });
  });

  it('shows nothing yet while the documents are late', async () => {
    const world = await openWorld({ switches: { documentsAfterMs: 120_000 } });
    const { fetch } = await finish(world, { output: 'Output 1' });
    await expect(fetch()).rejects.toMatchObject({ name: 'ProviderProtocolError' });
    world.advance(120_000);
    expect((await fetch())?.files).toHaveLength(1);
  });

  it('reports documents that the clean-up deleted as not found', async () => {
    const offer = SMART_FLOWS_SCENARIOS[SMART_FLOWS.offer];
    if (offer === undefined) throw new Error('The offer is gone.');
    const world = await openWorld({ scenarios: { [SMART_FLOWS.offer]: { ...offer, forgottenAfterMs: 120_000 } } });
    const { fetch } = await finish(world, {});
    const output = await fetch();
    world.advance(120_000);
    await expect(bytesOf(output?.files[0])).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
    await expect(fetch()).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
  });

  it('does not pass off a torn transfer as a whole document', async () => {
    const world = await openWorld();
    const { fetch } = await finish(world, {});
    const output = await fetch();
    world.simulator.faults.add({ path: '/content$', fault: { kind: 'cut-body', bytes: 100 } });
    await expect(bytesOf(output?.files[0])).rejects.toMatchObject({ name: 'ReplyLostError' });
  });

  it('does not pass off a document as whole that ends with its connection, because torn it would look the same', async () => {
    const world = await openWorld();
    const { fetch } = await finish(world, {});
    const output = await fetch();
    const fault = { kind: 'cut-body', bytes: 100, announceLength: false } as const;
    world.simulator.faults.add({ path: '/content$', fault });
    await expect(bytesOf(output?.files[0])).rejects.toMatchObject({
      name: 'ReplyLostError',
      message: expect.stringContaining('does not say how long it is'),
    });
    await expect(bytesOf(output?.files[0])).resolves.toEqual(SMART_FLOWS_PDF);
  });

  it.each(['..', 'a/b', '%2e%2e', ''])('asks for no document whose id would lead elsewhere: %j', async (id) => {
    const world = await openWorld();
    const { fetch } = await finish(world, {});
    const before = world.simulator.requests.length;
    const model = { block: { document: { type: 'document', id, displayName: 'Offer' } } };
    const body = JSON.stringify({ status: 'Success', model });
    world.simulator.faults.add({ fault: { kind: 'reply', status: 200, body } });
    if (id === '') expect(await fetch()).toEqual({ files: [] });
    else await expect(fetch()).rejects.toMatchObject({ name: 'ProviderProtocolError' });
    expect(world.simulator.requests).toHaveLength(before + 1);
  });

  it('asks for the bytes where the client definition has them, not where one page of the guide says', async () => {
    const world = await openWorld();
    const { fetch } = await finish(world, {});
    await bytesOf((await fetch())?.files[0]);
    expect(world.simulator.requests.at(-1)?.path).toMatch(/^\/api\/v1\/documents\/[0-9a-f-]+\/content$/);
  });
});

describe('smart-flows named output', () => {
  it('gives the content of the output with this name as the value', async () => {
    const world = await openWorld();
    const { fetch } = await finish(world, { output: 'Summary' });
    expect(await fetch()).toEqual({ files: [], value: { total: 1250.5, currency: 'EUR', lines: [1, 2] } });
    expect(world.simulator.requests.at(-1)?.path).toMatch(/\/status\?output=Summary$/);
  });

  it('takes the id of an output as well as its name', async () => {
    const { fetch } = await finish(await openWorld(), { output: 'output-summary' });
    expect((await fetch())?.value).toMatchObject({ currency: 'EUR' });
  });

  it('gives an output that is a document as a file', async () => {
    const { fetch } = await finish(await openWorld(), { output: 'Output 1' });
    const output = await fetch();
    expect(output).toMatchObject({ files: [{ name: 'Offer.pdf' }] });
    expect(await bytesOf(output?.files[0])).toEqual(SMART_FLOWS_PDF);
  });

  it('gives an output of several documents as several files', async () => {
    const { fetch } = await finish(await openWorld(), { flowId: SMART_FLOWS.dossier, output: 'Letters' });
    expect((await fetch())?.files.map(({ name }) => name)).toEqual(['Letter.pdf', 'Letter.pdf']);
  });
});

describe('documentsIn', () => {
  it('lists each document once, in reading order', () => {
    const a = { type: 'document', id: 'a', displayName: 'A' };
    const b = { type: 'Document', id: 'b' };
    expect(documentsIn({ x: { y: [a, { z: b }] }, again: a, data: { type: 'data', id: 'c' } })).toEqual([
      { id: 'a', displayName: 'A' },
      { id: 'b' },
    ]);
  });

  it('survives any depth', () => {
    let deep: object = { type: 'document', id: 'a' };
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    expect(documentsIn(deep as never)).toHaveLength(1);
  });

  it.each([undefined, null, 'document', 1, [], {}, { type: 'document' }, { type: 'document', id: 7 }])(
    'finds none in %j',
    (model) => {
      expect(documentsIn(model as never)).toEqual([]);
    },
  );
});

describe('fileName', () => {
  it.each([
    ['Offer', 'application/pdf', 'Offer.pdf'],
    ['Offer.PDF', 'application/pdf', 'Offer.PDF'],
    ['Offer v1.2', 'application/pdf', 'Offer v1.2.pdf'],
    ['Offer', 'application/x-unknown', 'Offer'],
    ['Offer', 'constructor', 'Offer'],
    [' ', 'text/plain', 'document.txt'],
  ])('calls "%s" of type %s %s', (displayName, mediaType, name) => {
    expect(fileName(displayName, mediaType)).toBe(name);
  });
});
