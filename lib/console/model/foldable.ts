/** Which JSON is shown as a tree that can be folded, and how the rest is. Pure. */

/** Each is a few elements of the page, and all of them can be unfolded at once. */
const MAX_NODES = 5_000;
const MAX_DEPTH = 100;

/** False of what is so large or so deep that its tree would bring the page to a halt. */
export function isFoldable(value: unknown): boolean {
  const open = [{ value, depth: 0 }];
  let nodes = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes += 1;
    if (typeof node.value !== 'object' || node.value === null) continue;
    const children = Object.values(node.value);
    if (node.depth >= MAX_DEPTH || nodes + open.length + children.length > MAX_NODES) return false;
    for (const child of children) open.push({ value: child, depth: node.depth + 1 });
  }
  return true;
}

/** The value as text: on lines of its own what can be folded, else as short as it can be. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, undefined, isFoldable(value) ? 2 : undefined) ?? 'undefined';
  } catch {
    return 'It is nested too deeply to be written out.';
  }
}
