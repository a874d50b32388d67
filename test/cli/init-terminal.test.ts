import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../lib/providers/config.ts';
import { temporaryDir } from '../system/instance.ts';
import { onTerminal, type TerminalSession } from './terminal.ts';

const KEY = 'canary-key-4711';
const ENTER = '\r';
const DOWN = '\u001b[B';
const newDir = () => temporaryDir((task) => onTestFinished(task));

/** Answers one question after the other, each once it stands there. */
async function answer(terminal: TerminalSession, answers: readonly (readonly [question: string, keys: string])[]) {
  for (const [question, keys] of answers) {
    await terminal.until(question);
    terminal.write(keys);
  }
}

describe('errand init on a terminal', () => {
  it('asks for everything from top to bottom, and shows no key', async () => {
    const dir = newDir();
    const terminal = await onTerminal(['init'], { cwd: dir });
    await answer(terminal, [
      ['Which platform?', `${DOWN}${ENTER}`],
      ['Its base URL', `https://acme.example.com${ENTER}`],
      ['What do you call the flow?', `write-offer${ENTER}`],
      ['Which flow? Its id', `3f0d7f2e${ENTER}`],
      ['Root element', ENTER],
      ['The one output', ENTER],
      ['What does it take?', `customer${ENTER}`],
      ['What does the platform call customer?', ENTER],
      ['What is customer?', ENTER],
      ['Must customer be given?', `y`],
      ['Is customer sensitive?', `n`],
      ['Another parameter', ENTER],
      // Only now is it known to be needed.
      ['required because the flow has parameters', `Offer${ENTER}`],
      ['What kind of credentials?', ENTER],
      ['apiKey of "errand/acme-smart-flows"', `${KEY}${ENTER}`],
    ]);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.raw()).not.toContain(KEY);
    expect(terminal.raw()).not.toContain('canary');
    expect(terminal.screen()).toContain('Written: errand.config.ts');
    const { input } = await loadConfig(join(dir, 'errand.config.ts'));
    expect(input).toMatchObject({
      connections: { 'acme-smart-flows': { provider: 'smart-flows', baseUrl: 'https://acme.example.com' } },
      flows: {
        'write-offer': {
          target: { flowId: '3f0d7f2e', rootElement: 'Offer' },
          parameters: { customer: { type: 'text', required: true } },
        },
      },
    });
    const kept = JSON.parse(readFileSync(join(dir, '.errand/secrets.json'), 'utf8'));
    expect(kept).toEqual({ 'errand/acme-smart-flows': { apiKey: KEY } });
  }, 60_000);

  it('refuses nonsense while it is typed, in the words of the configuration, and asks again', async () => {
    const dir = newDir();
    const told = ['--provider', 'invision', '--flow', 'forecast', '--target', 'dataFlowId=x'];
    const terminal = await onTerminal(['init', ...told], { cwd: dir });
    await answer(terminal, [
      ['Its base URL', `http://plan.example.com${ENTER}`],
      ['expected https', `${'\b'.repeat(40)}https://plan.example.com/invision${ENTER}`],
      // The platform takes no parameters, so none are asked for.
      ['apiKey of', `two words${ENTER}`],
      ['contains a space', `${'\b'.repeat(20)}${KEY}${ENTER}`],
    ]);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.screen()).not.toContain('What does it take?');
    expect(terminal.raw()).not.toContain('two words');
    const { config } = await loadConfig(join(dir, 'errand.config.ts'));
    expect(config.connections['plan-invision']?.baseUrl).toBe('https://plan.example.com/invision');
  }, 60_000);

  it('does not read a key where it would be shown while it is typed', async () => {
    const dir = newDir();
    const words = ['--provider', 'invision', '--url', 'https://a.example/invision', '--flow', 'f', '--key-stdin'];
    const terminal = await onTerminal(['init', ...words, '--target', 'dataFlowId=x'], { cwd: dir });
    expect(await terminal.ended).toBe(2);
    expect(terminal.screen()).toContain('The secret would be shown while it is typed');
    expect(existsSync(join(dir, 'errand.config.ts'))).toBe(false);
  }, 30_000);

  it.each([
    ['Which platform?', ['init']],
    ['Its base URL', ['init', '--provider', 'bryter']],
  ])('says so and shows the cursor again when the input ends at "%s"', async (question, words) => {
    const dir = newDir();
    const terminal = await onTerminal(words, { cwd: dir });
    await terminal.until(question);
    terminal.write('\u0004');
    expect(await terminal.ended, terminal.screen()).toBe(2);
    expect(terminal.screen()).toContain('Broken off. Nothing was written.');
    expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\u001b[?25l'));
    expect(existsSync(join(dir, 'errand.config.ts'))).toBe(false);
  });

  it('says how to go without a key, where the platform may ask for none', async () => {
    const told = ['--provider', 'phixflow', '--url', 'https://acme.example.com/phixflow', '--flow', 'orders'];
    const target = ['--target', 'endpoint=Orders', '--target', 'application=Sales', '--target', 'method=POST'];
    const more = ['--target', 'mode=sync', '--target', 'outputName=all', '--param', 'a:text'];
    const terminal = await onTerminal(['init', ...told, ...target, ...more], { cwd: newDir() });
    await terminal.until('--anonymous');
    await terminal.until('apiKey of');
    terminal.interrupt();
    expect(await terminal.ended).toBe(2);
  });

  it('writes nothing when it is broken off, or when what is there is to stay', async () => {
    const dir = newDir();
    const broken = await onTerminal(['init'], { cwd: dir });
    await broken.until('Which platform?');
    broken.interrupt();
    expect(await broken.ended).toBe(2);
    expect(broken.screen()).toContain('Broken off. Nothing was written.');
    expect(existsSync(join(dir, '.errand'))).toBe(false);

    writeFileSync(join(dir, 'a.config.ts'), 'mine');
    const kept = await onTerminal(['init', '--config', 'a.config.ts'], { cwd: dir });
    await answer(kept, [['a.config.ts is there already. Replace it?', ENTER]]);
    expect(await kept.ended).toBe(2);
    expect(readFileSync(join(dir, 'a.config.ts'), 'utf8')).toBe('mine');
  }, 60_000);
});
