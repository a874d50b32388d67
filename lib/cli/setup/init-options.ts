/** What `errand init` is told by options, read strictly. */
import { PROVIDER_IDS, type ProviderId } from '../../domain/config.ts';
import type { Json } from '../../domain/json.ts';
import { PARAMETER_TYPES } from '../../domain/parameters.ts';
import { providerOf } from '../../providers/registry.ts';
import { type FieldSchema, jsonSchemaOf } from '../config/schema-fields.ts';
import { CommandError } from '../frame/command-error.ts';
import type { ParameterDraft } from './init-draft.ts';

/** @throws CommandError with the names there are. */
export function providerNamed(name: string): ProviderId {
  const found = PROVIDER_IDS.find((id) => id === name);
  if (found !== undefined) return found;
  throw new CommandError(`There is no platform "${name}". Known are ${PROVIDER_IDS.join(', ')}.`);
}

/** `field=value` pairs, typed as the platform's schema says. @throws CommandError */
export function fieldsOf(
  option: '--target' | '--setting',
  provider: ProviderId,
  pairs: readonly string[],
): Readonly<Record<string, Json>> {
  const definition = providerOf(provider);
  const { properties = {} } = jsonSchemaOf(option === '--target' ? definition.target : definition.settings);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || text === undefined)
        throw new CommandError(
          `${option} takes FIELD=VALUE, got "${pair}". Fields are ${Object.keys(properties).join(', ')}.`,
        );
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (schema === undefined)
        throw new CommandError(
          `${option}: ${provider} has no field "${name}". Fields are ${Object.keys(properties).join(', ')}.`,
        );
      return [name, typedValue(text, schema)];
    }),
  );
}

/** Text that is not what it should be stays text, so that the schema refuses it in its own words. */
export function typedValue(text: string, { type }: FieldSchema): Json {
  if (type === undefined || type === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const FLAGS = ['required', 'sensitive'] as const;
const FORM = 'NAME[=APINAME][:TYPE][:required][:sensitive]';

/** `employeeName=employee_name:text:required`. @throws CommandError naming what is expected. */
export function parameterOf(text: string): readonly [name: string, parameter: ParameterDraft] {
  const [names = '', ...words] = text.split(':');
  const [name = '', apiName] = names.split(/=(.*)/s);
  const [first] = words;
  const type = PARAMETER_TYPES.find((known) => known === first);
  const flags = type === undefined ? words : words.slice(1);
  const unknown = flags.find((flag) => !FLAGS.some((known) => known === flag));
  if (name === '' || unknown !== undefined)
    throw new CommandError(
      `--param takes ${FORM}, got "${text}". Types are ${PARAMETER_TYPES.join(', ')}; without one it is text.`,
    );
  return [
    name,
    {
      type: type ?? 'text',
      ...(apiName ? { apiName } : {}),
      ...(flags.includes('required') ? { required: true } : {}),
      ...(flags.includes('sensitive') ? { sensitive: true } : {}),
    },
  ];
}
