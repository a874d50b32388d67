/** How deep and how wide JSON from outside may be; measured before anything else looks at it. */

const MAX_DEPTH = 32;
const MAX_KEYS = 1_000;

/** What is too much about a value, as a sentence on `what`; undefined when nothing is. */
export function sizeProblem(root: unknown, what = 'The body'): string | undefined {
  let keys = 0;
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `${what} is nested more than ${MAX_DEPTH} levels deep.`;
    const objects = level.filter((value) => typeof value === 'object' && value !== null);
    keys += objects.reduce<number>((sum, value) => sum + (Array.isArray(value) ? 0 : Object.keys(value).length), 0);
    if (keys > MAX_KEYS) return `${what} has more than ${MAX_KEYS} fields.`;
    level = objects.flatMap((value) => Object.values(value));
  }
  return undefined;
}

/** Whether somebody who walks over a value by calling themselves would go deeper than this; true for what is endless. */
export function isDeeperThan(root: unknown, maxDepth: number): boolean {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    const inner: unknown[] = [];
    for (const value of level) for (const field of fieldsOf(value)) if (isContainer(field)) inner.push(field);
    level = inner;
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function fieldsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isContainer(value) ? Object.values(value) : [];
}
