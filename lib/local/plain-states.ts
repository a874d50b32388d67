/** The commonest states in their simplest form, without the interpreter: most of what an execution goes through. */
import type { Json, JsonObject } from '../domain/json.ts';
import type { State } from './definition.ts';
import type { StepOutcome } from './state-stepper.ts';

/** What a state makes of its input; undefined where it takes the interpreter to say. */
export type PlainState = (input: Json) => StepOutcome | undefined;

const PATHS = ['InputPath', 'OutputPath', 'Parameters', 'ResultPath', 'Result', 'Assign', 'QueryLanguage'];
const SIMPLE_PATH = /^\$\.([A-Za-z_]\w*)$/;

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path like `$.name`; undefined where there is none, or the path says more. */
export function valueAt(input: Json, path: Json | undefined): Json | undefined {
  const [, name = ''] = (typeof path === 'string' && SIMPLE_PATH.exec(path)) || [];
  if (typeof input !== 'object' || input === null || !Object.hasOwn(input, name)) return undefined;
  return (input as JsonObject)[name];
}

/** What a rule of a Choice says of the input; undefined where that is for the interpreter to say. */
type Rule = (input: Json) => boolean | undefined;

function plainRule(rule: JsonObject): Rule | undefined {
  const { Variable, StringEquals, IsPresent, Next } = rule;
  const names = Object.keys(rule).filter((name) => name !== 'Comment');
  if (!SIMPLE_PATH.test(String(Variable)) || names.length !== 3 || Next === undefined) return undefined;
  if (typeof IsPresent === 'boolean') {
    return (input) => (isObject(input) ? (valueAt(input, Variable) !== undefined) === IsPresent : undefined);
  }
  if (typeof StringEquals !== 'string') return undefined;
  return (input) => {
    const value = valueAt(input, Variable);
    // A variable that is not there, or not a text, is for the interpreter to refuse.
    return typeof value === 'string' ? value === StringEquals : undefined;
  };
}

function choice({ Choices, Default }: State): PlainState | undefined {
  const given = Array.isArray(Choices) ? (Choices as JsonObject[]) : [];
  const rules = given.flatMap((rule) => {
    const holds = plainRule(rule);
    return holds === undefined ? [] : [{ holds, next: rule.Next }];
  });
  if (rules.length === 0 || rules.length < given.length) return undefined;
  return (input) => {
    for (const { holds, next } of rules) {
      const isSo = holds(input);
      if (isSo === undefined) return undefined;
      if (isSo) return { kind: 'next', state: String(next), output: input };
    }
    return Default === undefined ? undefined : { kind: 'next', state: String(Default), output: input };
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
