/** Picks a flow's output from a robot's report. Pure. */
import type { Json } from '../../domain/json.ts';
import { type Detail, isRecord, withoutEcho } from './json.ts';

export interface AssistEdgeOutput {
  readonly value?: Json;
  /** Why the entry that was asked for is not there. */
  readonly missing?: string;
}

interface Entry {
  readonly appName: string;
  readonly values: Json;
}

/**
 * The entry called `outputApp`, or all of them by name: their order changes from reply to reply, so never by index.
 * Entries that share a name become a list under it. What the robot repeats of the inputs is left out.
 */
export function outputOf(outputData: unknown, outputApp: string | undefined): AssistEdgeOutput {
  const byName = groupByName(entriesIn(outputData));
  if (outputApp === undefined) return byName.size === 0 ? {} : { value: Object.fromEntries(byName) };
  const value = byName.get(outputApp.trim());
  if (value !== undefined) return { value };
  const names = [...byName.keys()].slice(0, 20).map((name) => `"${name.slice(0, 100)}"`);
  const there = names.length === 0 ? 'there is none at all' : `there are ${names.join(', ')}`;
  return { missing: `No output entry is called "${outputApp}"; ${there}` };
}

/** The entries that say `IsError`. Every value of the platform is a string: its "False" is truthy. */
export function selfReported(outputData: unknown): readonly Detail[] {
  return entriesIn(outputData).flatMap(({ appName, values }): Detail[] => {
    if (!isRecord(values) || !isTrue(values.IsError)) return [];
    const said = values.ErrorDescription;
    const description = typeof said === 'string' && said !== '' ? `${appName}: ${said}` : appName;
    return [{ description: description.slice(0, 500) }];
  });
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true');
}

function entriesIn(outputData: unknown): readonly Entry[] {
  if (!Array.isArray(outputData)) return [];
  return outputData.filter(isRecord).map(({ AppName, CviewDictionary }) => ({
    appName: typeof AppName === 'string' ? AppName.trim() : '',
    // Came out of JSON, so it is JSON.
    values: withoutEcho(CviewDictionary ?? {}) as Json,
  }));
}

function groupByName(entries: readonly Entry[]): ReadonlyMap<string, Json> {
  const groups = Map.groupBy(entries, ({ appName }) => appName);
  return new Map(
    [...groups].map(([name, [first, ...others]]): [string, Json] => [
      name,
      first === undefined || others.length > 0 ? (groups.get(name)?.map(({ values }) => values) ?? []) : first.values,
    ]),
  );
}
