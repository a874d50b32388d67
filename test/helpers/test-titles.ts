/** The tests of a file by their titles, read from its syntax: what a table may name as the proof of a promise. */
import { parseAst } from 'vite';

export interface TestTitle {
  /** As it is written; a template with its placeholders. */
  readonly title: string;
  /** With the titles around it, ` > ` between them. */
  readonly path: string;
  /** It, or what it stands in, is skipped, in some places at least, or only meant to be written. */
  readonly isSkipped: boolean;
  /** Others of its file are not run because of it. */
  readonly isOnly: boolean;
}

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Around {
  readonly path: string;
  readonly isSkipped: boolean;
}

const NAMES: ReadonlySet<string> = new Set(['it', 'test', 'describe']);
const SKIPPING: ReadonlySet<string> = new Set(['skip', 'todo', 'skipIf', 'runIf', 'fails']);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** All tests and groups of tests in a source, in their order. */
export function titlesIn(source: string): readonly TestTitle[] {
  const found: TestTitle[] = [];
  walk(parseAst(source, { lang: 'ts' }) as unknown as Node, { path: '', isSkipped: false }, source, found);
  return found;
}

function walk(node: Node, around: Around, source: string, found: TestTitle[]): void {
  const own = node.type === 'CallExpression' ? titleOf(node, around, source) : undefined;
  if (own !== undefined) found.push(own);
  for (const child of Object.values(node).flat()) if (isNode(child)) walk(child, own ?? around, source, found);
}

function titleOf(call: Node, around: Around, source: string): TestTitle | undefined {
  const words = wordsOf(call.callee);
  const [first, second] = list(call.arguments);
  const title = isNode(first) ? textOf(first, source) : undefined;
  if (title === undefined || !NAMES.has(words[0] ?? '')) return undefined;
  // `it.each(...)` is a call as well, whose own first argument is a row and no title.
  if (words.at(-1) === 'each') return undefined;
  const isSkipped = around.isSkipped || words.some((word) => SKIPPING.has(word)) || saysSkip(second);
  return {
    title,
    path: around.path === '' ? title : `${around.path} > ${title}`,
    isSkipped,
    isOnly: words.includes('only'),
  };
}

/** `it.each(rows)` as `it`, `each`, with a last word for the call, so that it is told from `it.each`. */
function wordsOf(callee: unknown): readonly string[] {
  if (!isNode(callee)) return [];
  if (callee.type === 'Identifier') return [String(callee.name)];
  if (callee.type === 'MemberExpression' && isNode(callee.property))
    return [...wordsOf(callee.object), String(callee.property.name)];
  return callee.type === 'CallExpression' ? [...wordsOf(callee.callee), '()'] : [];
}

function textOf(node: Node, source: string): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node.type === 'TemplateLiteral' ? source.slice(Number(node.start) + 1, Number(node.end) - 1) : undefined;
}

function saysSkip(options: unknown): boolean {
  if (!isNode(options) || options.type !== 'ObjectExpression') return false;
  return list(options.properties).some(
    (property) => isNode(property) && isNode(property.key) && /^(skip|todo|fails)$/.test(String(property.key.name)),
  );
}
