/** The API's own document as a judge of its replies: stricter than it is to callers, who may be given more one day. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { openApiDocument } from '../../lib/api/openapi.ts';
import { ROUTES } from '../../lib/api/routes.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { readonly 'application/json': { readonly schema: JsonSchema } };
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly headers?: object;
        readonly content?: Record<string, { schema?: JsonSchema }>;
      }
    >
  >;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export const document = JSON.parse(JSON.stringify(openApiDocument(ROUTES))) as Document;

/** Every operation with its method and path, as the document lists them. */
export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** No object may have a field that its schema does not name: replies are allow-lists. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in fields && !('additionalProperties' in fields)
    ? { ...fields, additionalProperties: false }
    : fields;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'api', components: closed(document.components) as object });
const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: JsonSchema): ValidateFunction {
  const ref = String(schema.$ref);
  const known = validators.get(ref) ?? ajv.compile({ $ref: `api${ref}` });
  validators.set(ref, known);
  return known;
}

const matchers = operations.map((entry) => ({
  ...entry,
  pattern: new RegExp(`^${entry.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The operation that answers a request; undefined for what is no call of the API. */
export function operationOf(method: string, path: string): Operation | undefined {
  const pathname = path.split('?')[0] ?? '';
  const wanted = method === 'HEAD' ? 'GET' : method;
  const fitting = matchers.filter((entry) => entry.method === wanted && entry.pattern.test(pathname));
  return (fitting.find((entry) => entry.path === pathname) ?? fitting[0])?.operation;
}

/** What is wrong with a reply, in words; empty for one that the document describes. */
export function replyFaults(operation: Operation | undefined, reply: Response, text: string): readonly string[] {
  const mediaType = reply.headers.get('content-type')?.split(';')[0];
  if (operation === undefined && reply.status !== 404) return [`${reply.status} to what is no call of the API`];
  const response = operation?.responses[String(reply.status)];
  if (operation !== undefined && response === undefined) return [`${reply.status} is not documented`];
  const content = response?.content ?? (operation === undefined ? { 'application/problem+json': {} } : undefined);
  if (content === undefined) return text === '' ? [] : ['a body where none is documented'];
  if ('*/*' in content) return [];
  if (mediaType === undefined || !(mediaType in content)) return [`the media type ${mediaType} is not documented`];
  const schema = content[mediaType]?.schema ?? { $ref: '#/components/schemas/Problem' };
  const validate = validatorOf(schema);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
