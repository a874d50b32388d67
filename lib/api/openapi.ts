/** The OpenAPI document, made of the very schemas that parse requests. */
import { z } from 'zod';
import { kindOf, type ProblemCode } from './problem.ts';
import { REPLY_HEADERS, type ReplyHeader, type ReplySpec, type Route, TAGS } from './route.ts';
import { components } from './schemas/common.ts';
import { problemSchema } from './schemas/problem.ts';

type Document = Readonly<Record<string, unknown>>;

const refTo = (id: string) => `#/components/schemas/${id}`;

/** OpenAPI 3.1 of all given routes. */
export function openApiDocument(routes: readonly Route[]): Document {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Errand',
      version: '1.0.0',
      description:
        'Sends jobs to automation platforms, waits for them, and comes back with the results. Replies may gain fields; requests take no others than these.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: pathsOf(routes),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same API key.' },
      },
    },
  };
}

function pathsOf(routes: readonly Route[]): Document {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return paths;
}

function operationOf(route: Route): Document {
  const { operationId, tag, summary, description, scope, request = {} } = route;
  const roles = scope === undefined || scope === 'any' ? [] : [scope];
  const parameters = [
    ...parametersOf('path', request.params),
    ...parametersOf('query', request.query),
    ...parametersOf('header', request.headers),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === undefined ? [] : [{ apiKey: roles }, { bearer: roles }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request.body === undefined ? {} : { requestBody: requestBodyOf(request.body) }),
    responses: { ...repliesOf(route), ...problemsOf(route) },
  };
}

function parametersOf(place: string, schema: z.ZodObject | undefined): readonly Document[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { $schema: _, description, ...json } = z.toJSONSchema(field as z.ZodType, { io: 'input' });
    const required = !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: json };
  });
}

function requestBodyOf(body: z.ZodType): Document {
  // Where nothing is required, no body is as good as an empty object.
  return { required: !body.safeParse({}).success, content: contentOf(body) };
}

function repliesOf({ responses }: Route): Document {
  return Object.fromEntries(Object.entries(responses).map(([status, spec]) => [status, replyOf(spec)]));
}

function replyOf({ description, body, mediaType, headers }: ReplySpec): Document {
  const content = mediaType === undefined ? body && contentOf(body) : { [mediaType]: {} };
  return {
    description,
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(content === undefined ? {} : { content }),
  };
}

function headersOf(names: readonly ReplyHeader[]): Document {
  const schemaOf = (name: ReplyHeader) => ({ type: name === 'Retry-After' ? 'integer' : 'string' });
  return Object.fromEntries(names.map((name) => [name, { description: REPLY_HEADERS[name], schema: schemaOf(name) }]));
}

function contentOf(schema: z.ZodType, mediaType = 'application/json'): Document {
  const id = components.get(schema)?.id;
  if (id === undefined) throw new Error('A body without a name cannot be documented: make it a component.');
  return { [mediaType]: { schema: { $ref: refTo(id) } } };
}

/** What a call can be refused for follows from what it takes. */
export function problemCodesOf({ scope, request = {}, problems = [] }: Route): readonly ProblemCode[] {
  const keyed: readonly ProblemCode[] = ['INVALID_REQUEST', 'UNAUTHENTICATED', 'TOO_MANY_REQUESTS', 'UNAVAILABLE'];
  return [
    ...(scope === undefined ? [] : keyed),
    ...(scope === undefined || scope === 'any' ? [] : (['FORBIDDEN'] as const)),
    ...(request.params === undefined ? [] : (['NOT_FOUND'] as const)),
    ...(request.body === undefined ? [] : (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)),
    ...problems,
    'INTERNAL',
  ];
}

function problemsOf(route: Route): Document {
  const entries = problemCodesOf(route).map((code): [string, Document] => {
    const [status, title] = kindOf(code);
    const headers = status === 429 || status === 503 ? { headers: headersOf(['Retry-After']) } : {};
    const content = contentOf(problemSchema, 'application/problem+json');
    return [String(status), { description: `\`${code}\`: ${title}`, ...headers, content }];
  });
  return Object.fromEntries(entries);
}

function componentSchemas(): Document {
  const { schemas } = z.toJSONSchema(components, { io: 'input', uri: refTo });
  // A component needs no name and no dialect of its own.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}
