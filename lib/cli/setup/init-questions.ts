/** What `errand init` asks on a terminal: whatever no option has said. Each answer is checked at once. */
import { PROVIDER_IDS, type ProviderId } from '../../domain/config.ts';
import type { Json } from '../../domain/json.ts';
import { PARAMETER_TYPES } from '../../domain/parameters.ts';
import { providerOf } from '../../providers/registry.ts';
import { type FieldSchema, jsonSchemaOf } from '../config/schema-fields.ts';
import { connectionName, type Draft, mistakeIn, type ParameterDraft, takesParameters } from './init-draft.ts';
import { typedValue } from './init-options.ts';
import { askChoice, askText, askYes } from './prompts.ts';

/** What options have said; absent: to be asked. */
export interface Told {
  readonly baseUrl: boolean;
  readonly connection: boolean;
  readonly flow: boolean;
  readonly parameters: boolean;
}

export function askProvider(): Promise<ProviderId> {
  const choices = PROVIDER_IDS.map((value) => ({ value, label: providerOf(value).words?.name ?? value, hint: value }));
  return askChoice('Which platform?', choices);
}

/** Asks from top to bottom, and again for what does not go together in the end. */
export async function completeDraft(begun: Draft, told: Told): Promise<Draft> {
  let draft = begun;
  if (!told.baseUrl) draft = await askBaseUrl(draft);
  if (!told.connection) {
    const connection = connectionName(draft.provider, draft.baseUrl);
    draft = { ...draft, connection, ...(draft.secret && { secret: `errand/${connection}` }) };
  }
  if (!told.flow) draft = await askFlow(draft);
  for (const [name, field, isRequired] of targetFields(draft.provider))
    if (!Object.hasOwn(draft.target, name)) draft = await askTarget(draft, name, field, isRequired);
  if (!told.parameters && takesParameters(draft)) draft = await askParameters(draft);
  return settled(draft);
}

async function askBaseUrl(draft: Draft): Promise<Draft> {
  const baseUrl = await askText({
    message: 'Where is it? Its base URL',
    placeholder: providerOf(draft.provider).words?.baseUrlExample,
    validate: (answer) => mistakeIn({ ...draft, baseUrl: answer }, 'baseUrl'),
  });
  return { ...draft, baseUrl };
}

async function askFlow(draft: Draft): Promise<Draft> {
  const flow = await askText({
    message: 'What do you call the flow? Its name is in every address and command',
    placeholder: 'onboard-employee',
    validate: (answer) => (answer === '' ? 'a name must be given' : mistakeIn({ ...draft, flow: answer }, 'flow')),
  });
  return { ...draft, flow };
}

type TargetField = readonly [name: string, field: FieldSchema, isRequired: boolean];

/** Those that have a question; all else is for whoever writes on in the file. */
function targetFields(provider: ProviderId): readonly TargetField[] {
  const { properties = {}, required = [] } = jsonSchemaOf(providerOf(provider).target);
  return Object.entries(properties)
    .filter(([name, { description }]) => description !== undefined || required.includes(name))
    .map(([name, field]) => [name, field, required.includes(name)]);
}

async function askTarget(draft: Draft, name: string, field: FieldSchema, isRequired: boolean): Promise<Draft> {
  const answer = await askField(draft, name, field, isRequired);
  return answer === undefined ? draft : { ...draft, target: { ...draft.target, [name]: answer } };
}

async function askField(
  draft: Draft,
  name: string,
  field: FieldSchema,
  isRequired: boolean,
): Promise<Json | undefined> {
  const { description = name, examples: [example] = [], default: usual } = field;
  const message = `${description} (${name}${isRequired ? '' : ', optional'})`;
  if (field.type === 'boolean') {
    const answer = await askYes(message, usual === true);
    return answer === (usual === true) ? undefined : answer;
  }
  if (field.enum !== undefined) {
    const choices = field.enum.map((value) => ({ value, label: value }));
    const answer = await askChoice(message, choices, typeof usual === 'string' ? usual : undefined);
    return answer === usual ? undefined : answer;
  }
  const text = await askText({
    message,
    placeholder: example === undefined ? undefined : `such as ${example}`,
    validate: (given) => {
      if (given === '') return isRequired ? `${name} must be given` : undefined;
      return mistakeIn({ ...draft, target: { ...draft.target, [name]: typedValue(given, field) } }, `target.${name}`);
    },
  });
  return text === '' ? undefined : typedValue(text, field);
}

async function askParameters(draft: Draft): Promise<Draft> {
  let asked = draft;
  for (;;) {
    const isFirst = Object.keys(asked.parameters).length === 0;
    const name = await askText({
      message: isFirst
        ? 'What does it take? Name of a parameter (nothing: none)'
        : 'Another parameter (nothing: no more)',
      placeholder: isFirst ? 'employeeName' : undefined,
      validate: (answer) => (answer === '' ? undefined : nameMistake(asked, answer)),
    });
    if (name === '') return asked;
    asked = { ...asked, parameters: { ...asked.parameters, [name]: await askParameter(name) } };
  }
}

function nameMistake(draft: Draft, name: string): string | undefined {
  if (Object.hasOwn(draft.parameters, name)) return `${name} is there already`;
  const parameters = { ...draft.parameters, [name]: { type: 'text' as const } };
  return mistakeIn({ ...draft, parameters }, `parameters.${name}`);
}

async function askParameter(name: string): Promise<ParameterDraft> {
  const apiName = await askText({ message: `What does the platform call ${name}?`, initialValue: name });
  const choices = PARAMETER_TYPES.map((value) => ({ value, label: value }));
  const type = await askChoice(`What is ${name}?`, choices, 'text');
  const required = await askYes(`Must ${name} be given?`, false);
  const sensitive = await askYes(`Is ${name} sensitive? Then it is encrypted and never shown`, false);
  return {
    type,
    ...(apiName === '' || apiName === name ? {} : { apiName }),
    ...(required && { required }),
    ...(sensitive && { sensitive }),
  };
}

/** What the parts say together: a target may need more once there are parameters. */
async function settled(draft: Draft): Promise<Draft> {
  for (const [name, field] of targetFields(draft.provider)) {
    const mistake = mistakeIn(draft, `target.${name}`);
    if (mistake === undefined) continue;
    const because = { ...field, description: `${field.description ?? name}: ${mistake}` };
    const { [name]: _, ...rest } = draft.target;
    return settled(await askTarget({ ...draft, target: rest }, name, because, true));
  }
  return draft;
}
