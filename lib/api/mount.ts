import type { Hono } from 'hono';
import type { Dependencies } from '../workflow/ports.ts';
import type { ApiEnv, Guard } from './authenticate.ts';
import { readRequest } from './request.ts';
import type { ApiOptions, Reply, Route } from './route.ts';

export interface MountOptions {
  readonly dependencies: Dependencies;
  readonly options: ApiOptions;
  readonly guard: Guard;
}

/** Puts a route into the app: the key first, then the request by its schemas, then what it does. */
export function mount(app: Hono<ApiEnv>, route: Route, { dependencies, options, guard }: MountOptions): void {
  const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
  if (route.scope !== undefined) app.on(route.method, path, guard(route.scope === 'any' ? undefined : route.scope));
  app.on(route.method, path, async (context) => {
    const request = await readRequest(context, route);
    const key = context.get('apiKey');
    return toResponse(await route.handle({ dependencies, options, key, ...request }));
  });
}

function toResponse({ status, body, headers }: Reply): Response {
  if (body === undefined) return new Response(null, { status, headers: { ...headers } });
  if (body instanceof Uint8Array) return new Response(new Uint8Array(body), { status, headers: { ...headers } });
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
