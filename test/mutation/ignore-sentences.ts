/**
 * Sentences for people are not changed: a test that repeats one word for word proves nothing, and whoever words it better
 * would have to change it twice. Codes, states, names and patterns are not sentences and stay.
 */
interface SyntaxNode {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  readonly expressions?: readonly SyntaxNode[];
  readonly object?: SyntaxNode;
}

/** Two words with a space between them. */
const WORDS = /[\p{L}\d.,:;)"'] [\p{L}\d("']/u;

/** Why a piece of syntax is left alone; undefined where it is not. */
export function reasonToIgnore(node: SyntaxNode): string | undefined {
  return isSentence(node) ? 'A sentence for people.' : undefined;
}

function isSentence({ type, value, quasis = [], expressions = [] }: SyntaxNode): boolean {
  if (type === 'StringLiteral') return typeof value === 'string' && WORDS.test(value);
  // What is inside goes with it, so it must hold nothing that could be wrong by itself.
  return type === 'TemplateLiteral' && quasis.some((part) => WORDS.test(part.value.raw)) && expressions.every(isName);
}

function isName({ type, object }: SyntaxNode): boolean {
  if (type === 'Identifier') return true;
  return type === 'MemberExpression' && object !== undefined && isName(object);
}

/** How Stryker finds it. */
export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'sentences',
    value: { shouldIgnore: (path: { readonly node: SyntaxNode }) => reasonToIgnore(path.node) },
  },
];
