/** The commonest states in their simplest form, without the interpreter: most of what an execution goes through. */
import type { Json, JsonObject } from '../domain/json.ts';
import type { State } from './definition.ts';
import type { StepOutcome } from './state-stepper.ts';

/** What a state makes of its input; undefined where it takes the interpreter to say. */
export type PlainState = (input: Json) => StepOutcome | undefined;

const PATHS = ['InputPath', 'OutputPath', 'Parameters', 'ResultPath', 'Result', 'Assign', 'QueryLanguage'];
const SIMPLE_PATH = /^\$\.([A-Za-z_]\w*)$/;

/** The value at a path like `$.name`; undefined where there is none, or the path says more. */
export function valueAt(input: Json, path: Json | undefined): Json | undefined {
  const [, name = ''] = (typeof path === 'string' && SIMPLE_PATH.exec(path)) || [];
  if (typeof input !== 'object' || input === null || !Object.hasOwn(input, name)) return undefined;
  return (input as JsonObject)[name];
}

function isTextRule(rule: JsonObject): boolean {
  const names = Object.keys(rule).filter((name) => name !== 'Comment');
  const isSimple = SIMPLE_PATH.test(String(rule.Variable)) && typeof rule.StringEquals === 'string';
  return isSimple && names.length === 3 && rule.Next !== undefined;
}

function choice({ Choices, Default }: State): PlainState | undefined {
  const rules = Array.isArray(Choices) ? (Choices as JsonObject[]) : [];
  if (rules.length === 0 || !rules.every(isTextRule)) return undefined;
  const paths = [...new Set(rules.map(({ Variable }) => String(Variable)))];
  return (input) => {
    // A variable that is not there, or not a text, is for the interpreter to refuse.
    if (paths.some((path) => typeof valueAt(input, path) !== 'string')) return undefined;
    const rule = rules.find(({ Variable, StringEquals }) => valueAt(input, Variable) === StringEquals);
    const next = rule?.Next ?? Default;
    return next === undefined ? undefined : { kind: 'next', state: String(next), output: input };
  };
}

/** Undefined for a state that needs the interpreter in any case. */
export function plainState(state: State): PlainState | undefined {
  if (PATHS.some((name) => state[name] !== undefined)) return undefined;
  if (state.Type === 'Choice') return choice(state);
  if (state.Type === 'Succeed') return (input) => ({ kind: 'end', output: input });
  if (state.Type !== 'Wait') return undefined;
  const { Next } = state;
  return (input) =>
    Next === undefined ? { kind: 'end', output: input } : { kind: 'next', state: String(Next), output: input };
}
