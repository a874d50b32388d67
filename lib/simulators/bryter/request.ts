import { z } from 'zod';
import type { BryterParameterType, BryterScenario } from './scenarios.ts';

export const BRYTER_ENVELOPES = ['flat', 'data', 'startParameters', 'data.startParameters'] as const;
export type BryterEnvelope = (typeof BRYTER_ENVELOPES)[number];

export type StartParameters = Readonly<Record<string, string | number>>;

export type ParsedStart =
  | { readonly kind: 'parameters'; readonly parameters: StartParameters }
  | { readonly kind: 'refused'; readonly messages: readonly string[] };

const objectSchema = z.record(z.string(), z.unknown());

/** Takes the start parameters out of a request body, or says what is wrong with it. No body and `{}` are the same. */
export function parseStartBody(
  text: string,
  scenario: BryterScenario,
  envelopes: readonly BryterEnvelope[],
): ParsedStart {
  const body = objectSchema.safeParse(text === '' ? {} : readJson(text));
  if (!body.success) return refused(['the body is not a JSON object']);
  if (Object.keys(body.data).length === 0) return checkParameters({}, scenario);

  const readings = envelopes.map((envelope) => open(body.data, envelope)).filter((inner) => inner !== undefined);
  if (readings.length === 0) return refused([`the body is not one of: ${envelopes.join(', ')}`]);
  const results = readings.map((inner) => checkParameters(inner, scenario));
  return results.find((result) => result.kind === 'parameters') ?? results[0] ?? refused([]);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object inside an envelope that has no other keys; undefined when the body is no such envelope. */
function open(body: Readonly<Record<string, unknown>>, envelope: BryterEnvelope): Record<string, unknown> | undefined {
  const names = envelope === 'flat' ? [] : envelope.split('.');
  let inner: Record<string, unknown> = { ...body };
  for (const name of names) {
    const next = objectSchema.safeParse(inner[name]);
    if (!next.success || Object.keys(inner).length !== 1) return undefined;
    inner = next.data;
  }
  return inner;
}

const VALUES: Readonly<Record<BryterParameterType, z.ZodType<string | number>>> = {
  text: z.string(),
  date: z.iso.date(),
  number: z.number(),
  email: z.string().regex(/^[^\s@]+@[^\s@]+$/),
};
const anyValueSchema = z.union([z.string(), z.number()]);

function checkParameters(given: Readonly<Record<string, unknown>>, scenario: BryterScenario): ParsedStart {
  const declared = scenario.parameters;
  const messages: string[] = [];
  const parameters: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(given)) {
    const known = declared !== undefined && Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (declared !== undefined && known === undefined) {
      messages.push(`unknown parameter ${name}`);
      continue;
    }
    const result = (known === undefined ? anyValueSchema : VALUES[known.type]).safeParse(value);
    if (result.success) parameters[name] = result.data;
    else messages.push(`parameter ${name} is not a ${known?.type ?? 'text or number'}`);
  }
  for (const [name, { required }] of Object.entries(declared ?? {})) {
    if (required === true && !Object.hasOwn(given, name)) messages.push(`parameter ${name} is missing`);
  }
  return messages.length === 0 ? { kind: 'parameters', parameters } : refused(messages);
}

function refused(messages: readonly string[]): ParsedStart {
  return { kind: 'refused', messages };
}
