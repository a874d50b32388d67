/** The configuration as a file that its author goes on writing: tidy, with a word where one helps. */
import { dirname, join, relative, sep } from 'node:path';
import { readIfPresent } from '../../local/private-files.ts';
import { PROJECT } from '../config/config-choice.ts';
import { configOf, type Draft } from './init-draft.ts';

const WIDTH = 120;

/** @param file where it is going to be; decides what it may import. */
export function configText(draft: Draft, file: string): string {
  const config = configOf(draft);
  if (file.endsWith('.json')) return `${JSON.stringify(config, undefined, 2)}\n`;
  const isWithin = `${dirname(file)}${sep}`.startsWith(`${PROJECT}${sep}`);
  const own = isCommonJs(dirname(file)) ? 'module.exports = ' : 'export default ';
  const [open, close] = isWithin ? ['export default defineConfig(', ');'] : [own, ';'];
  const value = print(config, notesOf(draft), []);
  return `${HEAD}${isWithin ? `${importLine(file)}\n\n` : ''}${open}${value}${close}\n`;
}

/** Whether the package around a folder says so, or says nothing; without a package, Node looks at the file itself. */
function isCommonJs(folder: string): boolean {
  try {
    const text = readIfPresent(join(folder, 'package.json'));
    if (text !== undefined) return JSON.parse(text)?.type !== 'module';
  } catch {
    // Of no help to Node either.
    return false;
  }
  return dirname(folder) !== folder && isCommonJs(dirname(folder));
}

const HEAD = `/**
 * What Errand may run, and where. "errand doctor" checks it without starting anything, "errand local" starts Errand with
 * it, "errand deploy" brings it into the cloud. A mistake is named by its path.
 */
`;

function importLine(file: string): string {
  const path = relative(dirname(file), PROJECT).split(sep).join('/');
  return `import { defineConfig } from '${path === '' ? '.' : path}/lib/domain/config.ts';`;
}

type Notes = Readonly<Record<string, string>>;

/** By path: what stands above a field. */
function notesOf({ connection, flow, secret }: Draft): Notes {
  return {
    [`connections.${connection}.secret`]: `The name of the secret, never the key itself: errand secrets set ${secret}`,
    [`flows.${flow}.parameters`]:
      'Whatever else is given is refused. apiName is the name at the platform, when it is another.',
    [`flows.${flow}.deadline`]: 'From the request on; a run that has not ended by then is TIMED_OUT.',
  };
}

/** Connections, flows and what they hold are written line by line; what is below may stand on one. */
const LINES_FROM = 3;

/** As the formatter would: what is below on one line where it fits. */
function print(value: unknown, notes: Notes, path: readonly string[]): string {
  const line = onOneLine(value);
  const [indent, before] = ['  '.repeat(path.length), keyOf(path.at(-1) ?? '').length + 3];
  const isList = path.length < LINES_FROM || (path.length === LINES_FROM && path.at(-1) === 'parameters');
  const isPlain = typeof value !== 'object' || value === null || Array.isArray(value);
  if (isPlain || (!isList && indent.length + before + line.length < WIDTH)) return line;
  const lines = Object.entries(value).map(([name, item]) => {
    const at = [...path, name];
    const note = notes[at.join('.')];
    const above = note === undefined ? '' : `${indent}  // ${note}\n`;
    return `${above}${indent}  ${keyOf(name)}: ${print(item, notes, at)},\n`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
}

function onOneLine(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([name, item]) => `${keyOf(name)}: ${onOneLine(item)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

const keyOf = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  if (!text.includes("'")) return `'${escaped}'`;
  if (!text.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}
