import { describe, expect, it } from 'vitest';
import {
  ProviderRefusedError,
  ReplyLostError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import { answerRun } from '../../lib/workflow/answer-run.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform, type PlatformOptions } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

const DAY_MS = 86_400_000;

async function waiting(options: PlatformOptions = {}, flow: object = { deadline: '364d' }) {
  const time = { now: () => START_OF_TIME };
  const question = { url: 'https://acme.example.com/ask/1', form: { name: 'text' } };
  const platform = createPlatform(() => time.now(), { question, takesAnswers: true, ...options });
  const broken = { secret: false };
  const world = createWorld({
    session: platform.session,
    config: testConfig(flow),
    open: () => {
      if (broken.secret) throw new SecretUnavailableError('throttled', 'unavailable');
      return { session: platform.session, secrets: ['secret-key'], version: '1' };
    },
  });
  time.now = world.now;
  const machine = createMachine(world);
  const { id } = await world.accept();
  while ((await world.run(id)).status !== 'WAITING_FOR_INPUT') await machine.task();
  return { world, platform, machine, id, broken };
}

describe('answering a waiting run', () => {
  it('reaches the platform at once, sealed on its way, and the run goes on', async () => {
    const { world, platform, machine, id } = await waiting();
    const before = world.now();
    const answered = await answerRun(world.dependencies, id, { name: 'Ada' });
    expect(answered).toMatchObject({ kind: 'given' });
    while (platform.calls.answer === 0) await machine.task();
    expect(world.now()).toBe(before);
    expect(platform.jobs[0]?.answers).toEqual([{ name: 'Ada' }]);
    await machine.run();
    const run = await world.run(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(run.answer).toBeUndefined();
    expect(JSON.stringify(run.events)).not.toContain('Ada');
  });

  it('says what the platform found wrong, and the run goes on waiting', async () => {
    const { world, machine, id } = await waiting();
    await answerRun(world.dependencies, id, { wrong: 1 });
    await machine.run(world.now() + 1_000);
    const run = await world.run(id);
    expect(run).toMatchObject({ status: 'WAITING_FOR_INPUT', waitingFor: { answerable: true } });
    const refusal = run.events.findLast(({ type }) => type === 'input');
    expect(refusal).toMatchObject({ data: { accepted: false, refused: true } });
    expect(refusal?.message).toContain('wrong is not a field');
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await machine.run();
    expect((await world.run(id)).status).toBe('SUCCEEDED');
  });

  it('is not repeated by the record where the platform echoes it', async () => {
    const { world, machine, id } = await waiting();
    world.boundary = (effect, when) => {
      if (effect === 'platform.answer' && when === 'before')
        throw new ProviderRefusedError('refused', { remoteText: 'canary-4111 is no name' });
    };
    await answerRun(world.dependencies, id, { name: 'canary-4111' });
    await machine.run(world.now() + 1_000);
    const run = await world.run(id);
    expect(run.events.findLast(({ type }) => type === 'input')?.message).toContain('is no name');
    expect(JSON.stringify(run)).not.toContain('canary-4111');
  });

  it('is given once, also when the platform’s reply is lost', async () => {
    const { world, platform, machine, id } = await waiting();
    world.boundary = (effect, when) => {
      if (effect === 'platform.answer' && when === 'after') throw new ReplyLostError('reset');
    };
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await machine.run();
    expect(platform.calls.answer).toBe(1);
    expect((await world.run(id)).status).toBe('SUCCEEDED');
  });

  it('is not lost while our key cannot be had', async () => {
    const { world, platform, machine, id, broken } = await waiting();
    broken.secret = true;
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await machine.run(world.now() + 60_000);
    expect((await world.run(id)).answer).toBeDefined();
    broken.secret = false;
    await machine.run();
    expect(platform.jobs[0]?.answers).toEqual([{ name: 'Ada' }]);
  });

  it('is not lost to a table that is away once the answer has left the record', async () => {
    const { world, platform, machine, id } = await waiting();
    const { states } = world.dependencies;
    const get = states.get.bind(states);
    let isAway = false;
    Object.assign(states, {
      get: async (connection: string) => {
        if (isAway) throw new StoreUnavailableError('the table is away');
        return get(connection);
      },
    });
    await answerRun(world.dependencies, id, { name: 'Ada' });
    world.boundary = async (effect, when) => {
      if (effect === 'store.save' && when === 'after') isAway = (await world.store.get(id))?.answer === undefined;
      if (effect === 'platform.answer') isAway = false;
    };
    for (let tasks = 0; tasks < 20 && platform.calls.answer === 0; tasks += 1) await machine.task();
    expect(platform.jobs[0]?.answers).toEqual([{ name: 'Ada' }]);
  });

  it('is refused before anything is written when it is larger than a record should be', async () => {
    const { world, id } = await waiting();
    const { version } = await world.run(id);
    const answered = answerRun(world.dependencies, id, { name: 'ä'.repeat(20_000) });
    await expect(answered).rejects.toMatchObject({ name: 'InvalidInputError', issues: [{ path: 'values' }] });
    expect((await world.run(id)).version).toBe(version);
  });

  it('is refused where only a person can answer, where nothing is asked, and while another is on its way', async () => {
    const elsewhere = await waiting({ takesAnswers: false });
    expect(await answerRun(elsewhere.world.dependencies, elsewhere.id, {})).toMatchObject({ kind: 'not-answerable' });
    const { world, machine, id } = await waiting();
    await answerRun(world.dependencies, id, { name: 'Ada' });
    expect(await answerRun(world.dependencies, id, { name: 'Ada' })).toMatchObject({ kind: 'busy' });
    await machine.run();
    expect(await answerRun(world.dependencies, id, { name: 'Ada' })).toMatchObject({ kind: 'not-waiting' });
    expect(await answerRun(world.dependencies, 'run_00000000000000000000000009', {})).toEqual({ kind: 'unknown' });
  });
});

describe('waiting for input', () => {
  it('is told once, costs little over thirty days, and then resumes', async () => {
    const { world, platform, machine, id } = await waiting();
    await machine.run(START_OF_TIME + 30 * DAY_MS);
    const parked = await world.run(id);
    expect(parked.status).toBe('WAITING_FOR_INPUT');
    expect(parked.looks).toBeLessThanOrEqual(3_000);
    expect((await world.store.events(id)).filter(({ type }) => type === 'waiting')).toHaveLength(1);
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await machine.run();
    expect((await world.run(id)).status).toBe('SUCCEEDED');
    expect(platform.calls.start).toBe(1);
  });

  it('is told again when the platform asks something else', async () => {
    const question = { url: 'https://acme.example.com/ask/1', form: { name: 'text' } };
    const { world, machine, id } = await waiting({ question });
    await machine.run(world.now() + 3_600_000);
    question.form.name = 'number';
    await machine.run(world.now() + 3_600_000);
    const told = (await world.store.events(id)).filter(({ type }) => type === 'waiting');
    expect(told).toHaveLength(2);
    expect((await world.run(id)).waitingFor?.form).toEqual({ name: 'number' });
  });

  it('stays the same question, with its link and its time, where the platform does not tell the link for a while', async () => {
    const url = 'https://acme.example.com/ask/1';
    const question: { url?: string; form: { name: string } } = { url, form: { name: 'text' } };
    const { world, machine, id } = await waiting({ question }, { deadline: '1h', inputDeadline: '7d' });
    const { inputDeadline } = await world.run(id);
    for (const link of [undefined, url]) {
      if (link === undefined) delete question.url;
      else question.url = link;
      await machine.run(world.now() + 3_600_000);
      expect(await world.run(id)).toMatchObject({ inputDeadline, waitingFor: { url } });
    }
    expect((await world.store.events(id)).filter(({ type }) => type === 'waiting')).toHaveLength(1);
    delete question.url;
    question.form.name = 'number';
    await machine.run(world.now() + 3_600_000);
    expect((await world.run(id)).waitingFor).toEqual({ kind: 'input', form: { name: 'number' }, answerable: true });
    expect((await world.store.events(id)).filter(({ type }) => type === 'waiting')).toHaveLength(2);
  });

  it('has a time limit of its own, which does not count against the deadline', async () => {
    const flow = { deadline: '1h', inputDeadline: '7d' };
    const { world, machine, id } = await waiting({}, flow);
    const { deadline } = await world.run(id);
    await machine.run(START_OF_TIME + 3 * DAY_MS);
    expect((await world.run(id)).status).toBe('WAITING_FOR_INPUT');
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await machine.run();
    const run = await world.run(id);
    expect(run.status).toBe('SUCCEEDED');
    expect(Date.parse(run.endedAt ?? '')).toBeGreaterThan(Date.parse(deadline));
  });

  it('goes to a person, with the link and the job as it is, when nobody answers in time', async () => {
    const { world, platform, machine, id } = await waiting(
      { cancel: 'confirms' },
      { deadline: '1h', inputDeadline: '2d' },
    );
    await machine.run();
    expect(await world.run(id)).toMatchObject({
      status: 'FALLOUT',
      fallout: {
        reason: 'DEADLINE_UNRESOLVED',
        evidence: { remoteId: 'job-1', url: 'https://acme.example.com/ask/1' },
      },
    });
    expect(platform.jobs[0]?.state).toBe('running');
  });

  it('does not call a job waiting that was stopped at the platform, however late that is seen', async () => {
    const { world, platform, machine, id } = await waiting({}, { deadline: '1h', inputDeadline: '2d' });
    for (const job of platform.jobs) job.state = 'stopped';
    world.advance(3 * DAY_MS);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', remoteStatus: 'stopped' });
  });

  it('ends with the deadline where it has no limit of its own', async () => {
    const { world, machine, id } = await waiting({ cancel: 'confirms' }, { deadline: '1h' });
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'DEADLINE' } });
  });
});
