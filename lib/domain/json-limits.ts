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
