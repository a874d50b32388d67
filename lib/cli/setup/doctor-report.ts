/** The doctor's findings for people: marks with words beside them, and what to do under each. */
import { styleText } from 'node:util';
import { harmless } from '../frame/errand-table.ts';
import type { ConnectionReport, Finding } from './doctor.ts';

export interface GeneralFinding {
  readonly check: 'config' | 'errand';
  /** `down`: nothing runs, which is no mistake. */
  readonly state: Finding['state'] | 'down';
  readonly message: string;
  readonly remedy?: string;
}

export interface Report {
  readonly ok: boolean;
  readonly general: readonly GeneralFinding[];
  readonly connections: readonly ConnectionReport[];
}

const MARKS: Readonly<
  Record<GeneralFinding['state'], readonly [mark: string, color: 'green' | 'red' | 'yellow' | 'gray']>
> = {
  ok: ['✓ ok', 'green'],
  wrong: ['✗ wrong', 'red'],
  unknown: ['? unknown', 'yellow'],
  down: ['- down', 'gray'],
};

const CHECK_WIDTH = 11;
const MARK_WIDTH = 10;

/** Nothing is wrong: what could not be told counts as well. */
export function isHealthy(general: readonly GeneralFinding[], connections: readonly ConnectionReport[]): boolean {
  const all = [...general, ...connections.flatMap(({ findings }) => findings)];
  return all.every(({ state }) => state !== 'wrong');
}

export function reportText({ ok, general, connections }: Report): string {
  const blocks = [
    general.map((finding) => lineOf(finding, '')).join('\n'),
    ...connections.map(({ connection, provider, baseUrl, findings }) => {
      const title = styleText('bold', harmless(connection));
      return [`${title}  ${provider}, ${harmless(baseUrl)}`, ...findings.map((finding) => lineOf(finding, '  '))].join(
        '\n',
      );
    }),
  ];
  return [...blocks, ok ? endOf(connections) : styleText('red', 'Something is wrong. Nothing was started.')].join(
    '\n\n',
  );
}

function endOf(connections: readonly ConnectionReport[]): string {
  const isUnsure = connections.some(({ findings }) => findings.some(({ state }) => state === 'unknown'));
  return styleText('green', isUnsure ? 'Nothing wrong was found; what is marked ? could not be told.' : 'All is well.');
}

function lineOf({ check, state, message, remedy }: GeneralFinding | Finding, indent: string): string {
  const [mark, color] = MARKS[state];
  const line = `${indent}${styleText(color, mark.padEnd(MARK_WIDTH))}${check.padEnd(CHECK_WIDTH)}${harmless(message)}`;
  if (remedy === undefined) return line;
  return `${line}\n${' '.repeat(indent.length + MARK_WIDTH + CHECK_WIDTH)}${harmless(remedy)}`;
}
