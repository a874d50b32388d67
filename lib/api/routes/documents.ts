/** What the API says of itself, to anybody. */
import { z } from 'zod';
import { openApiDocument } from '../openapi.ts';
import { defineRoute, type Route } from '../route.ts';
import { component } from '../schemas/common.ts';

const healthSchema = component('Health', z.object({ status: z.literal('ok') }));
const documentSchema = component('OpenApiDocument', z.looseObject({ openapi: z.string() }));

const health = defineRoute({
  method: 'GET',
  path: '/health',
  operationId: 'getHealth',
  tag: 'service',
  summary: 'Whether the API answers',
  responses: { 200: { description: 'It does.', body: healthSchema } },
  handle: async () => ({ status: 200, body: { status: 'ok' } }),
});

/** @param routes all of them, asked for when the document is: they include this one. */
export function documentRoutes(routes: () => readonly Route[]): readonly Route[] {
  let made: object | undefined;
  const document = defineRoute({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    tag: 'service',
    summary: 'This document',
    responses: { 200: { description: 'OpenAPI 3.1.', body: documentSchema } },
    async handle() {
      made ??= openApiDocument(routes());
      return { status: 200, body: made, headers: { 'cache-control': 'public, max-age=300' } };
    },
  });
  return [health, document];
}
