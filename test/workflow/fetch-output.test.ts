import { describe, expect, it } from 'vitest';
import {
  OutputTooLargeError,
  ProviderProtocolError,
  ProviderThrottledError,
  RemoteNotFoundError,
  ReplyLostError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import type { ProviderOutput, ProviderSession } from '../../lib/providers/provider.ts';
import { createWorld, testConfig, type WorldOptions } from '../helpers/world.ts';

function session(fetches: readonly (ProviderOutput | Error)[]): ProviderSession {
  let count = 0;
  return {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
    poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED_WITH_WARNINGS', remoteStatus: 'Warning' } }),
    async fetchOutput() {
      const output = fetches[Math.min(count++, fetches.length - 1)] ?? { files: [] };
      if (output instanceof Error) throw output;
      return output;
    },
  };
}

async function ended(options: WorldOptions) {
  const world = createWorld(options);
  const { id } = await world.accept({ parameters: { email: 'jane.roe@example.com' } });
  const begin = world.now();
  const state = await world.drive(id);
  return { state, run: await world.run(id), tookMs: world.now() - begin };
}

describe('fetching the output', () => {
  it('keeps the verdict of the platform together with the output', async () => {
    const { run } = await ended({ session: session([{ value: { order: 1 }, files: [] }]) });
    expect(run).toMatchObject({ status: 'SUCCEEDED_WITH_WARNINGS', output: { value: { order: 1 } } });
    expect(run.verdict).toBeUndefined();
  });

  it('scrubs sensitive values that the platform echoes in its output, JSON within text included', async () => {
    const echo = { inner: JSON.stringify({ mail: 'jane.roe@example.com' }) };
    const { run } = await ended({ session: session([{ value: echo, files: [] }]) });
    expect(JSON.stringify(run)).not.toContain('jane.roe');
  });

  it('is patient with an output that comes a little after the end', async () => {
    const absent = new RemoteNotFoundError('404', { status: 404 });
    const { run, tookMs } = await ended({ session: session([absent, absent, absent, { value: 1, files: [] }]) });
    expect(run.output?.value).toBe(1);
    expect(tookMs).toBeGreaterThan(80_000);
  });

  it('waits out an outage of the platform, because the job need not be run again for that', async () => {
    const outage = Array.from({ length: 30 }, () => new ReplyLostError('503'));
    const { run, tookMs } = await ended({ session: session([...outage, { value: 1, files: [] }]) });
    expect(run.output?.value).toBe(1);
    expect(tookMs).toBeGreaterThan(300_000);
  });

  it('waits as long as a throttling platform asks before it fetches again', async () => {
    const throttled = new ProviderThrottledError('429', { retryAfterMs: 600_000 });
    const { tookMs } = await ended({ session: session([throttled, { value: 1, files: [] }]) });
    expect(tookMs).toBeGreaterThanOrEqual(600_000);
  });

  it('keeps the success when the output never comes, and says that it is missing', async () => {
    const { run, state } = await ended({ session: session([new RemoteNotFoundError('404')]) });
    expect(run).toMatchObject({ status: 'SUCCEEDED_WITH_WARNINGS', output: { files: [] } });
    expect(run.output?.missing).toContain('does not have the output');
    expect(state.next).toBe('SUCCEEDED');
  });

  it('falls out for a missing output only where the flow requires one', async () => {
    const { run } = await ended({
      session: session([new RemoteNotFoundError('404')]),
      config: testConfig({ outputRequired: true }),
    });
    expect(run.fallout?.reason).toBe('OUTPUT_MISSING');
  });

  it('asks again for an output that is empty where the flow requires one, as often as for one that is not there', async () => {
    const config = testConfig({ outputRequired: true });
    const empty = { files: [] };
    const late = await ended({ session: session([empty, empty, empty, { value: 1, files: [] }]), config });
    expect(late.run).toMatchObject({ status: 'SUCCEEDED_WITH_WARNINGS', output: { value: 1 } });
    expect(late.tookMs).toBeGreaterThan(80_000);
    const never = await ended({
      session: session([empty, empty, empty, empty, empty, { value: 1, files: [] }]),
      config,
    });
    expect(never.run).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'OUTPUT_MISSING' } });
  });

  it('takes an empty output for what it is where the flow requires none, and a null for a value', async () => {
    const { run, tookMs } = await ended({ session: session([{ files: [] }]) });
    expect(run).toMatchObject({ status: 'SUCCEEDED_WITH_WARNINGS', output: { files: [] } });
    expect(run.output?.missing).toBeUndefined();
    expect(tookMs).toBeLessThan(10_000);
    const config = testConfig({ outputRequired: true });
    const none = await ended({ session: session([{ value: null, files: [] }]), config });
    expect(none.run.status).toBe('SUCCEEDED_WITH_WARNINGS');
  });

  it('knows within one fetch that the platform has deleted the output', async () => {
    const { run, tookMs } = await ended({ session: session([new RemoteNotFoundError('410', { status: 410 })]) });
    expect(run.output?.missing).toContain('does not have the output');
    expect(tookMs).toBeLessThan(10_000);
  });

  it('names an output that is too large or unreadable', async () => {
    const large = await ended({ session: session([new OutputTooLargeError('600 MB')]) });
    expect(large.run.fallout?.reason).toBe('OUTPUT_TOO_LARGE');
    const garbled = await ended({ session: session([new ProviderProtocolError('not a document')]) });
    expect(garbled.run.fallout?.reason).toBe('OUTPUT_INVALID');
  });

  it('waits out a full disk of our own instead of losing the output or starting again', async () => {
    let tries = 0;
    const store = async () => {
      tries += 1;
      if (tries < 40) throw new StoreUnavailableError('no space left');
      return { value: 1, files: [], bytes: 1 };
    };
    const { run } = await ended({ session: session([{ value: 1, files: [] }]), store });
    expect(run.status).toBe('SUCCEEDED_WITH_WARNINGS');
    expect(run.output?.value).toBe(1);
    expect(run.attempt).toBe(1);
  });
});
