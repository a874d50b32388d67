/** A run that somebody can start at once, of the first flow there is. */
import type { Config } from '../../domain/config.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { ParameterType } from '../../domain/parameters.ts';

const VALUES: Readonly<Record<ParameterType, Json>> = {
  text: 'Jane Roe',
  number: 42,
  date: '2030-01-31',
  email: 'jane.roe@example.com',
  boolean: true,
  json: {},
};

export interface ExampleRun {
  readonly flowId: string;
  readonly parameters: JsonObject;
  /** The same as words of `errand run`. */
  readonly words: readonly string[];
}

/** Only what must be given. */
export function exampleRun({ flows }: Pick<Config, 'flows'>, flow?: string): ExampleRun {
  const flowId = flow ?? Object.keys(flows)[0] ?? 'FLOW';
  const declared = Object.entries(flows[flowId]?.parameters ?? {});
  const needed = declared.filter(([, { required, default: otherwise }]) => required && otherwise === undefined);
  const values = needed.map(([name, { type }]) => [name, VALUES[type]] as const);
  const words = values.flatMap(([name, value]) => {
    return ['--param', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  return { flowId, parameters: Object.fromEntries(values), words };
}
