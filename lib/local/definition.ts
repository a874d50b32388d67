/** Takes the state machine out of the synthesised template, so that the laptop runs what the cloud runs. */
import { FUNCTIONS, type FunctionName } from '../contract.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { LocalStartError } from './local-start-error.ts';

/** Account and region of everything local. */
export const LOCAL = { region: 'us-east-1', account: '000000000000', alias: 'live' } as const;

export type State = JsonObject & { readonly Type: string };

export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

export interface LocalTemplate {
  readonly definition: Definition;
  /** Environment of each function as far as the template spells it out. */
  readonly environments: Readonly<Partial<Record<FunctionName, Readonly<Record<string, string>>>>>;
  /** Memory of each function in MB. */
  readonly memory: Readonly<Partial<Record<FunctionName, number>>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: JsonObject;
}
type Resources = Readonly<Record<string, Resource>>;

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': LOCAL.region,
  'AWS::AccountId': LOCAL.account,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'errand',
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** ARN of a function's alias on this machine. */
export const functionArn = (name: FunctionName) =>
  `arn:aws:lambda:${LOCAL.region}:${LOCAL.account}:function:errand-${name}:${LOCAL.alias}`;

/** The function behind an ARN or name, with or without alias. */
export function functionOfArn(arn: string): FunctionName | undefined {
  return FUNCTIONS.find((name) => new RegExp(`(^|:)errand-${name}(:[^:]+)?$`).test(arn));
}

/** A function says its name in its description. */
function functionNameOf(resource: Resource | undefined): FunctionName | undefined {
  const description = resource?.Properties?.Description;
  return FUNCTIONS.find((name) => description === `Errand: ${name}`);
}

function refer(resources: Resources, logicalId: string): string {
  const pseudo = PSEUDO[logicalId];
  if (pseudo !== undefined) return pseudo;
  const resource = resources[logicalId];
  const isAliasOrVersion = resource?.Type === 'AWS::Lambda::Alias' || resource?.Type === 'AWS::Lambda::Version';
  const target = isAliasOrVersion ? resource.Properties?.FunctionName : undefined;
  const owner = isObject(target) ? resources[String(target.Ref)] : resource;
  const name = functionNameOf(owner);
  if (name) return functionArn(name);
  throw new LocalStartError(`The template's state machine refers to ${logicalId}, which has no counterpart here.`);
}

/** Evaluates the few intrinsic functions that a definition is joined from. */
function resolve(resources: Resources, value: Json | undefined): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const [operator, operand] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
  if (operator === 'Ref') return refer(resources, String(operand));
  if (operator === 'Fn::GetAtt' && Array.isArray(operand)) return refer(resources, String(operand[0]));
  if (operator === 'Fn::Join' && Array.isArray(operand) && Array.isArray(operand[1])) {
    return operand[1].map((part: Json) => resolve(resources, part)).join(String(operand[0]));
  }
  throw new LocalStartError(
    `The template's state machine uses ${operator ?? 'a value'}, which cannot be evaluated here.`,
  );
}

function environmentOf(resource: Resource): Record<string, string> {
  const environment = resource.Properties?.Environment;
  const variables = isObject(environment) && isObject(environment.Variables) ? environment.Variables : {};
  const literals = Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(literals);
}

/** Reads what the runtime needs from a template. @throws LocalStartError when it has no single state machine. */
export function readTemplate(template: { readonly Resources?: Resources }): LocalTemplate {
  const resources = template.Resources ?? {};
  const machines = Object.values(resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  const [machine] = machines;
  if (!machine || machines.length > 1) {
    throw new LocalStartError(`The template has ${machines.length} state machines; expected one.`);
  }
  const definition = JSON.parse(resolve(resources, machine.Properties?.DefinitionString)) as Definition;
  const functions = Object.values(resources).flatMap((resource) => {
    const name = resource.Type === 'AWS::Lambda::Function' ? functionNameOf(resource) : undefined;
    return name ? [[name, resource] as const] : [];
  });
  return {
    definition,
    environments: Object.fromEntries(functions.map(([name, resource]) => [name, environmentOf(resource)])),
    memory: Object.fromEntries(
      functions.map(([name, { Properties }]) => [name, Number(Properties?.MemorySize ?? 128)]),
    ),
  };
}
