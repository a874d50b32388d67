/** Values of the parameter on which durations of a flow depend. Pure. */

export interface HistoryValue {
  /** As the API takes it; undefined for runs that were started without the parameter. */
  readonly json: string | undefined;
  readonly label: string;
}

interface Started {
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Those of past runs, the most frequent first. */
export function seenValues(runs: readonly Started[], name: string): readonly HistoryValue[] {
  const counts = new Map<string | undefined, number>();
  for (const { parameters } of runs) {
    const json = Object.hasOwn(parameters, name) ? JSON.stringify(parameters[name]) : undefined;
    counts.set(json, (counts.get(json) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([json]) => ({ json, label: labelOf(json) }));
}

/** What somebody typed as the parameter would be sent: text as it is, everything else as JSON. */
export function valueJson(text: string, type: unknown): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (type === 'string') return JSON.stringify(trimmed);
  try {
    return JSON.stringify(JSON.parse(trimmed));
  } catch {
    return JSON.stringify(trimmed);
  }
}

/** The same the other way: what stands in the field. */
export function valueText(json: string | undefined): string {
  if (json === undefined) return '';
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
}

function labelOf(json: string | undefined): string {
  return json === undefined ? 'not given' : valueText(json);
}
