/** What commands have in common that speak to the API. */

import { openRunsDesk, type RunsDesk } from '../runs/runs-desk.ts';
import { apiTargetOf, type TargetOptions, targetArgs } from './errand-target.ts';

export const apiArgs = {
  ...targetArgs,
  stack: {
    ...targetArgs.stack,
    description: 'stack in the cloud, found with your AWS credentials and region; the API key is in ERRAND_KEY',
  },
  json: { type: 'boolean', description: 'print the result as JSON' },
} as const;

/** The place of a run among the words of a command. */
export const runArg = { type: 'positional', required: true, description: 'its id, or "last" for the newest' } as const;

/** @throws CommandError when it cannot be said which Errand is meant, or with what key. */
export async function deskOf(options: TargetOptions): Promise<RunsDesk> {
  return openRunsDesk(await apiTargetOf(options, process.env));
}

/** One document, in which no character is left that a terminal would obey; it says the same to a program. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped));
}

function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}
