/** What a schema says of its fields, for asking people. */
import { z } from 'zod';

export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  /** A question for people; without one the field is for those who know it. */
  readonly description?: string;
  readonly examples?: readonly string[];
}

export interface ObjectSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly ObjectSchema[];
}

/** As JSON Schema of what is written, before defaults are filled in. */
export function jsonSchemaOf(schema: z.ZodType): ObjectSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ObjectSchema;
}
