/** AssistEdge puts JSON into strings, and repeats the inputs wherever it can. Pure. */
import type { JsonObject } from '../../domain/json.ts';
import { parseJson } from '../../http/json.ts';

const MAX_TEXT = 500;
const MAX_DETAILS = 20;

/** One error in whatever spelling it came. */
export interface Detail extends JsonObject {
  readonly code?: string;
  readonly description?: string;
  readonly type?: string;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON text as its value; anything that is not JSON text as it is. */
export function decode(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

/** The errors in an `errors`, `ErrorDetailObject` or `error`: a list, a single object or a text; empty ones are none. */
export function detailsIn(value: unknown): readonly Detail[] {
  if (Array.isArray(value))
    return value
      .filter((entry) => entry !== null)
      .slice(0, MAX_DETAILS)
      .map(toDetail);
  return isFilled(value) ? [toDetail(value)] : [];
}

function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return isRecord(value) ? Object.values(value).some(isFilled) : true;
}

function toDetail(value: unknown): Detail {
  if (!isRecord(value)) return field('description', value);
  return {
    ...field('code', value.code ?? value.Code ?? value.error_code),
    ...field('description', value.message ?? value.Description ?? value.description ?? value.error_msg),
    ...field('type', value.type ?? value.Type),
  };
}

function field(name: keyof Detail & string, value: unknown): Detail {
  if (typeof value !== 'string' && typeof value !== 'number') return {};
  return value === '' ? {} : { [name]: String(value).slice(0, MAX_TEXT) };
}

/**
 * Names under which a reply repeats the inputs. The platform masks a copy and sends the plain one beside it, so all of
 * them go.
 */
const ECHO = /^(processInput|ParentRequest|\w*AutomationInputDictionary|Search\..*)$/i;

/** The same value without the inputs it repeats, however deep. */
export function withoutEcho(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEcho);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !ECHO.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutEcho(inner)]));
}

/** A text, unless it may repeat the inputs. */
export function withoutEchoText(text: string): string {
  return /processInput|ParentRequest|AutomationInputDictionary|Search\./i.test(text) ? '' : text;
}
