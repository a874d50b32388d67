import { describe, expect, it } from 'vitest';
import { type Command, resolved } from '../../lib/cli/frame/errand-command.ts';
import { errandRoot } from '../../lib/cli/frame/errand-root.ts';
import { errand } from './errand.ts';

interface Named {
  readonly path: readonly string[];
  readonly command: Command;
}

async function commandsIn({ path, command }: Named): Promise<readonly Named[]> {
  const children = Object.entries(command.subCommands ?? {}).map(async ([name, child]) =>
    commandsIn({ path: [...path, name], command: await resolved(child) }),
  );
  return [{ path, command }, ...(await Promise.all(children)).flat()];
}

const commands = await commandsIn({ path: [], command: errandRoot });

describe.concurrent('the help of every command', { timeout: 60_000 }, () => {
  it.each(commands.map(({ path, command }) => ({ name: ['errand', ...path].join(' '), path, command })))(
    '$name --help says what it takes, shows its examples and its exit codes',
    async ({ name, path, command }) => {
      const { code, stdout, stderr } = await errand([...path, '--help']);
      expect([code, stderr]).toEqual([0, '']);
      const words = [name, command.meta.description, 'Exit codes: 0 ', ...Object.keys(command.args ?? {})];
      const lines = (command.examples ?? []).flatMap(([line, does]) => [`errand ${line}`, does]);
      const shown = stdout.toLowerCase();
      expect([...words, ...lines].filter((word) => !shown.includes(word.toLowerCase()))).toEqual([]);
    },
  );

  it.each(commands.filter(({ command }) => command.run !== undefined))(
    'has examples that can be typed as they stand: $path',
    ({ path, command }) => {
      const lines = (command.examples ?? []).map(([line]) => line);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(`${line} `.startsWith(`${path[0]} `), line).toBe(true);
    },
  );
});
