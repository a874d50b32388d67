import { describe, expect, it } from 'vitest';
import { StaleRunError } from '../../lib/domain/errors.ts';
import { amend, type Patch } from '../../lib/domain/record.ts';
import type { EventType, Run } from '../../lib/domain/run.ts';
import { takeMessage } from '../../lib/workflow/take-message.ts';
import { type Client, given, setUp } from './client.ts';

const at = '2026-03-02T08:00:00.000Z';

/** What the machine does to a run while a call waits for it. */
function duringTheWait(
  { world }: Client,
  runId: string,
  act: (run: Run, waitedMs: number) => Patch | undefined,
  type: EventType,
  data: object | ((patch: Patch) => object | undefined),
) {
  const { sleep } = world.dependencies.clock;
  const begun = world.now();
  Object.assign(world.dependencies.clock, {
    sleep: async (ms: number) => {
      await sleep(ms);
      const run = await world.run(runId);
      const patch = act(run, world.now() - begun);
      if (patch === undefined) return;
      const told = typeof data === 'function' ? data(patch) : data;
      const message = 'The platform said: "start date lies in the past".';
      const event = { type, message, ...(told === undefined ? {} : { data: { ...told } }) };
      await world.store.save(amend(run, { now: world.now(), writeId: `w${world.now()}` }, patch, event));
    },
  });
}

describe('canceling', () => {
  it('is done at once where nothing has been started', async () => {
    const { call, world } = await setUp();
    const { id } = await world.accept();
    const { status, body, headers } = await call('POST', `/v1/runs/${id}/cancel`);
    expect(status).toBe(202);
    expect(body).toMatchObject({ id, status: 'CANCELED', cancel: { requestedAt: expect.any(String) } });
    expect(headers.get('retry-after')).toBeNull();
  });

  it.each(['QUEUED', 'RUNNING', 'WAITING_FOR_INPUT', 'STARTING'] as const)(
    'is asked for while something may run at the platform: %s',
    async (status) => {
      const client = await setUp();
      const id = await given(client, { status });
      const first = await client.call('POST', `/v1/runs/${id}/cancel`, {});
      expect(first.status).toBe(202);
      expect(first.body).toMatchObject({ status, cancel: { requestedAt: expect.any(String) } });
      expect(first.headers.get('retry-after')).toBe('1');
      const second = await client.call('POST', `/v1/runs/${id}/cancel`, {});
      expect([second.status, second.body.cancel]).toEqual([202, first.body.cancel]);
    },
  );

  it.each(['FETCHING_OUTPUT', 'SUCCEEDED', 'FAILED', 'CANCELED', 'FALLOUT'] as const)(
    'comes too late: %s',
    async (status) => {
      const client = await setUp();
      const id = await given(client, { status, endedAt: at });
      const refused = await client.call('POST', `/v1/runs/${id}/cancel`, {});
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ code: 'CONFLICT', detail: `Too late to cancel: the run is ${status}.` });
    },
  );

  it('takes no body but an empty one', async () => {
    const client = await setUp();
    const id = await given(client, { status: 'RUNNING' });
    const refused = await client.call('POST', `/v1/runs/${id}/cancel`, { force: true });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([{ path: 'force', message: 'unknown field' }]);
  });

  it('asks to try again where somebody else keeps writing the run', async () => {
    const client = await setUp();
    const id = await given(client, { status: 'RUNNING' });
    Object.assign(client.dependencies.store, { save: () => Promise.reject(new StaleRunError('again')) });
    const { status, headers } = await client.call('POST', `/v1/runs/${id}/cancel`, {});
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
  });
});

describe('answering a waiting run', () => {
  const waiting: Partial<Run> = {
    status: 'WAITING_FOR_INPUT',
    waitingFor: { kind: 'input', url: 'https://acme.example.com/s/1', answerable: true },
  };
  const values = { startDate: '2020-01-01' };

  it('answers 202 once the platform has it', async () => {
    const client = await setUp();
    const id = await given(client, waiting);
    const before = client.world.now();
    const act = (_: Run, waitedMs: number): Patch | undefined =>
      waitedMs === 1_000 ? { answer: undefined, status: 'RUNNING', waitingFor: undefined } : undefined;
    duringTheWait(client, id, act, 'input', { accepted: true });
    const { status, body } = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect([status, body.status]).toEqual([202, 'RUNNING']);
    expect(client.world.now() - before).toBe(1_000);
  });

  it('answers 202 after 20 s, too: the platform will have it', async () => {
    const client = await setUp();
    const id = await given(client, waiting);
    const before = client.world.now();
    const { status, text } = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect(status).toBe(202);
    expect(client.world.now() - before).toBe(20_000);
    expect(text).not.toContain('2020-01-01');
    const again = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('earlier answer')]);
  });

  it('passes on the words of a platform that would not have it', async () => {
    const client = await setUp();
    const id = await given(client, waiting);
    duringTheWait(client, id, (run) => (run.answer === undefined ? undefined : { answer: undefined }), 'input', {
      accepted: false,
    });
    const { status, body } = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'CONFLICT',
      detail: 'The platform said: "start date lies in the past".',
      url: 'https://acme.example.com/s/1',
    });
  });

  it('waits for the outcome although the answer has left the record, as it does before it is given', async () => {
    const client = await setUp();
    const id = await given(client, waiting);
    let isTaken = false;
    const act = (run: Run, waitedMs: number): Patch | undefined => {
      if (!isTaken && run.answer !== undefined) {
        isTaken = true;
        return { answer: undefined };
      }
      return waitedMs === 2_000 ? {} : undefined;
    };
    duringTheWait(client, id, act, 'input', (patch) => ('answer' in patch ? undefined : { accepted: false }));
    const { status, body } = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect([status, body.detail]).toEqual([409, 'The platform said: "start date lies in the past".']);
  });

  it('names the link where only a person can answer', async () => {
    const client = await setUp();
    const url = 'https://acme.example.com/s/1';
    const id = await given(client, { ...waiting, waitingFor: { kind: 'input', url } });
    const { status, body } = await client.call('POST', `/v1/runs/${id}/input`, { values });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'CONFLICT', url });
    expect(body.detail).toContain(url);
  });

  it('is refused for a run that waits for nothing, and without values', async () => {
    const client = await setUp();
    const id = await given(client, { status: 'RUNNING' });
    const path = `/v1/runs/${id}/input`;
    expect((await client.call('POST', path, { values })).body).toMatchObject({
      code: 'CONFLICT',
      detail: expect.stringContaining('RUNNING'),
    });
    expect((await client.call('POST', path, {})).body.errors[0].path).toBe('values');
    expect((await client.call('POST', path, { values: [] })).body.errors[0].path).toBe('values');
  });
});

describe('running again', () => {
  it('is a new run with the same parameters, linked to the old one, and one per key', async () => {
    const { call, world } = await setUp();
    const first = await call('POST', '/v1/flows/onboard/runs', {
      parameters: { name: 'x', email: 'a@b.c' },
      businessKey: 'b',
    });
    await world.drive(first.body.id);
    const path = `/v1/runs/${first.body.id}/rerun`;
    const again = await call('POST', path, {}, { 'idempotency-key': 'k' });
    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({
      rerunOf: first.body.id,
      trigger: 'rerun',
      parameters: first.body.parameters,
      businessKey: 'b',
    });
    expect(again.headers.get('location')).toBe(`/v1/runs/${again.body.id}`);
    const replayed = await call('POST', path, {}, { 'idempotency-key': 'k' });
    expect([replayed.body.id, replayed.headers.get('idempotent-replayed')]).toEqual([again.body.id, 'true']);
    const reused = await call('POST', `/v1/runs/${first.body.id}/rerun`, {}, { 'idempotency-key': 'l' });
    expect(reused.body.id).not.toBe(again.body.id);
  });

  it('waits for the end where asked', async () => {
    const { call, world } = await setUp();
    const { id } = await world.accept();
    await world.drive(id);
    const before = world.now();
    const { headers } = await call('POST', `/v1/runs/${id}/rerun`, undefined, { prefer: 'wait=2' });
    expect([world.now() - before, headers.get('preference-applied')]).toEqual([2_000, 'wait=2']);
  });

  it('is refused while the run is open, and when its flow is gone', async () => {
    const client = await setUp();
    const { id } = await client.world.accept();
    const open = await client.call('POST', `/v1/runs/${id}/rerun`);
    expect([open.status, open.body.code]).toEqual([409, 'CONFLICT']);
    const gone = await given(client, { status: 'FAILED', endedAt: at, flowId: 'gone' });
    const refused = await client.call('POST', `/v1/runs/${gone}/rerun`);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('flow')]);
  });
});

describe('running a parked message again', () => {
  const message = (name: string) => ({
    messageId: `m-${name}`,
    body: JSON.stringify({ flowId: 'onboard', requestId: 'order-1', parameters: { name } }),
  });

  it('is refused with the run that has its requestId, where that was used for another request', async () => {
    const { call, world } = await setUp();
    const first = await takeMessage(world.dependencies, message('Ada'));
    const parked = await takeMessage(world.dependencies, message('Grace'));
    if (first.kind !== 'accepted' || parked.kind !== 'parked') throw new Error(parked.kind);
    const refused = await call('POST', `/v1/runs/${parked.run.id}/rerun`, {}, { 'idempotency-key': 'k' });
    expect([refused.status, refused.body.code]).toEqual([409, 'CONFLICT']);
    expect(refused.body.detail).toContain(first.run.id);
  });
});

describe('a run of another flow', () => {
  it.each([
    ['cancel', {}],
    ['input', { values: {} }],
    ['resolve', { decision: 'close', status: 'FAILED', reason: 'x' }],
    ['rerun', {}],
  ])('is not there to %s, nor is one that never was, and nothing happens to it', async (action, body) => {
    const client = await setUp();
    const limited = await client.as({ scopes: ['runs:start', 'runs:cancel', 'fallout:resolve'], flows: ['other'] });
    const id = await given(client, { status: 'FALLOUT', endedAt: at });
    const before = await client.world.run(id);
    const [theirs, none] = [
      await limited('POST', `/v1/runs/${id}/${action}`, body),
      await limited('POST', `/v1/runs/run_00000000000000000000000000/${action}`, body),
    ];
    expect([theirs.status, none.status]).toEqual([404, 404]);
    expect(theirs.text).toBe(none.text);
    expect(await client.world.run(id)).toEqual(before);
  });
});
