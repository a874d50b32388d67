/** The real command on a terminal of its own, as a person sees it and types into it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { BARE, BIN, type CallOptions, ROOT } from './errand.ts';

export interface TerminalSession {
  /** Types; `\r` is the return key. */
  write(text: string): void;
  /** Resolves with what was shown once the pattern occurs in it. */
  until(pattern: RegExp | string, ms?: number): Promise<string>;
  /** All that was ever shown, without what only moves the cursor or sets colours. */
  screen(): string;
  /** The same with every control character. */
  raw(): string;
  /** Ctrl-C. */
  interrupt(): void;
  /** The exit code; 128 and the signal's number where one has ended it, as shells have it. */
  readonly ended: Promise<number>;
}

export interface TerminalOptions extends CallOptions {
  readonly columns?: number;
  readonly rows?: number;
}

/** Runs `errand` with these words on a pseudo-terminal. */
export async function onTerminal(
  words: readonly string[],
  { env = {}, cwd = ROOT, columns = 100, rows = 40 }: TerminalOptions = {},
): Promise<TerminalSession> {
  const terminal = spawn(process.execPath, [BIN, ...words], {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { ...BARE, ...env },
  });
  let shown = '';
  let isOver = false;
  terminal.onData((text) => {
    shown += text;
  });
  const ended = new Promise<number>((done) => {
    terminal.onExit(({ exitCode, signal = 0 }) => {
      isOver = true;
      done(signal === 0 ? exitCode : 128 + signal);
    });
  });
  const screen = () => stripVTControlCharacters(shown).replaceAll('\r', '');
  const has = (pattern: RegExp | string) =>
    typeof pattern === 'string' ? screen().includes(pattern) : screen().search(pattern) !== -1;
  return {
    screen,
    raw: () => shown,
    ended,
    write: (text) => terminal.write(text),
    interrupt: () => terminal.write('\u0003'),
    async until(pattern, ms = 20_000) {
      for (const end = Date.now() + ms; !has(pattern); await sleep(20)) {
        // What was written last may come after the end.
        if (isOver) await sleep(200);
        if (has(pattern)) break;
        if (!isOver && Date.now() < end) continue;
        if (!isOver) terminal.kill();
        throw new Error(`${isOver ? 'it ended before' : 'it has not shown'} ${pattern}:\n${screen()}`);
      }
      return screen();
    },
  };
}
