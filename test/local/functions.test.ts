import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { createFunctions, type FunctionsOptions } from '../../lib/local/functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const bundlesDir = fileURLToPath(new URL('./fixtures/functions', import.meta.url));

function poll(options: Partial<FunctionsOptions> = {}) {
  const logFile = join(temporaryDirectory(), 'functions.log');
  const environment = () => ({ GIVEN: 'yes' });
  const functions = createFunctions({ bundlesDir, environment, logFile, ...options });
  onTestFinished(() => functions.close());
  const invoke = (behaviour: string, event: object = {}) => functions.invoke('poll', { behaviour, ...event });
  return { functions, invoke, logFile };
}

describe('a function', () => {
  it('gets and gives JSON, with null for nothing', async () => {
    const { invoke } = poll();
    expect(await invoke('echo', { a: [1, { b: 'ü' }] })).toEqual({
      ok: true,
      value: { behaviour: 'echo', a: [1, { b: 'ü' }] },
    });
    expect(await invoke('nothing')).toEqual({ ok: true, value: null });
  });

  it('sees Lambda’s context', async () => {
    const { invoke } = poll({ timeoutMs: () => 5_000 });
    const result = await invoke('context');
    expect(result).toMatchObject({
      value: {
        functionName: 'errand-poll',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:errand-poll:live',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        remainingMs: expect.any(Number),
      },
    });
    const { remainingMs } = (result as unknown as { value: { remainingMs: number } }).value;
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(5_000);
  });

  it('sees the time of a clock that is put forward, in whatever way it asks, and keeps its own time limit', async () => {
    const clock = adjustableClock();
    const { invoke } = poll({ clock, timeoutMs: () => 5_000 });
    for (const days of [0, 31, 31]) {
      clock.advance(days * 86_400_000);
      const { value } = (await invoke('time')) as unknown as { value: Record<string, string> };
      for (const time of [Number(value.nowMs), Date.parse(value.text ?? ''), Date.parse(value.called ?? '')]) {
        expect(Math.abs(time - clock.now())).toBeLessThan(5_000);
      }
      expect(value).toMatchObject({ given: '1970-01-01T00:00:00.000Z', isDate: true, utcMs: Date.UTC(2026, 0, 1) });
      expect(Number(value.remainingMs)).toBeGreaterThan(1_000);
      expect(Number(value.remainingMs)).toBeLessThanOrEqual(5_000);
    }
  });

  it('has its time limit used up by its own work alone, however far the clock is put forward meanwhile', async () => {
    const clock = adjustableClock();
    const { invoke } = poll({ clock, timeoutMs: () => 5_000 });
    const rested = invoke('pause', { ms: 100 });
    clock.advance(86_400_000);
    expect(await rested).toEqual({ ok: true, value: 'rested' });
  });

  it('sees its own environment only', async () => {
    const { invoke } = poll();
    expect(await invoke('environment', { name: 'GIVEN' })).toMatchObject({ value: 'yes' });
    expect(await invoke('environment', { name: 'PATH' })).toMatchObject({ value: null });
    expect(await invoke('prototype')).toMatchObject({ value: false });
  });

  it('fails by the name and message of its error', async () => {
    const { invoke } = poll();
    expect(await invoke('fail', { name: 'StaleRunError', message: 'read again' })).toMatchObject({
      ok: false,
      error: {
        errorType: 'StaleRunError',
        errorMessage: 'read again',
        trace: expect.arrayContaining([expect.any(String)]),
      },
    });
    expect(await invoke('throwText')).toMatchObject({ error: { errorType: 'string', errorMessage: 'just a text' } });
  });

  it('that cannot be loaded says so with each call', async () => {
    const { functions } = poll();
    const result = await functions.invoke('sweep', {});
    expect(result).toMatchObject({ ok: false, error: { errorMessage: expect.stringContaining('sweep') } });
  });

  it('runs many calls at once', async () => {
    const { invoke } = poll();
    await invoke('nothing');
    const startedAt = performance.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => invoke('pause', { ms: 200 })));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('is cut at its time limit, and others at work beside it get to finish', async () => {
    const { invoke } = poll({ timeoutMs: () => 1_000 });
    await invoke('nothing');
    const hanging = invoke('pause', { ms: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const beside = invoke('pause', { ms: 850 });
    expect(await hanging).toMatchObject({
      error: { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('timed out after 1.00 seconds') },
    });
    expect(await beside).toEqual({ ok: true, value: 'rested' });
  });

  it('that blocks its thread is cut as well and replaced', async () => {
    const { invoke } = poll({ timeoutMs: () => 1_000 });
    expect(await invoke('spin')).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
    expect(await invoke('echo')).toMatchObject({ ok: true });
  });

  it.each([
    ['exits', 'exit', 'exit status 3'],
    ['crashes outside its handler', 'crash', 'thrown where nobody catches'],
  ])('that %s fails as Lambda.Unknown with the runtime’s reason, and works again', async (_, behaviour, reason) => {
    const { invoke } = poll();
    expect(await invoke(behaviour)).toMatchObject({
      ok: false,
      error: { errorType: 'Lambda.Unknown' },
      cause: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining(reason) },
    });
    expect(await invoke('echo')).toMatchObject({ ok: true });
  });

  it('takes and gives 6 MB and no more', async () => {
    const { invoke } = poll();
    expect(await invoke('nothing', { text: 'x'.repeat(6_000_000) })).toMatchObject({ ok: true });
    expect(await invoke('nothing', { text: 'x'.repeat(6_300_000) })).toMatchObject({
      error: { errorType: 'Lambda.RequestTooLargeException' },
    });
    expect(await invoke('large', { bytes: 6_000_000 })).toMatchObject({ ok: true });
    expect(await invoke('large', { bytes: 6_300_000 })).toMatchObject({
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  it('gets a moment to finish when the runtime ends', async () => {
    const { invoke, functions } = poll();
    await invoke('nothing');
    const underWay = invoke('pause', { ms: 300 });
    await functions.close();
    expect(await underWay).toEqual({ ok: true, value: 'rested' });
    expect(await invoke('nothing')).toMatchObject({ error: { errorType: 'Lambda.ServiceException' } });
  });

  it('begins a new log when the old one is large, and keeps that one', async () => {
    const directory = temporaryDirectory();
    const logFile = join(directory, 'functions.log');
    writeFileSync(logFile, Buffer.alloc(20_000_001));
    const { invoke } = poll({ logFile });
    await invoke('say', { text: 'a line' });
    await expect.poll(() => readFileSync(logFile, 'utf8')).toBe('a line\n');
    expect(statSync(`${logFile}.1`).size).toBe(20_000_001);
  });

  it('writes its lines into a private file instead of the terminal', async () => {
    const { invoke, logFile } = poll();
    await invoke('say', { text: 'a line' });
    await expect.poll(() => readFileSync(logFile, 'utf8')).toContain('a line\n');
    expect(statSync(logFile).mode & 0o777).toBe(0o600);
  });
});
