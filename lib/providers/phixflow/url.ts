/** Paths below the base URL: built from segments, so that no name and no id can lead anywhere else. */
import { z } from 'zod';
import type { HttpRequest } from '../../http/http-client.ts';

const BASE = '{base}/';
const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = ['application', 'endpoint', 'processId'];

/** `{base}/…/{processId}`, perhaps with a query; literal text is written plain and encoded once, like what is put in. */
export const phixflowUrlTemplateSchema = z.string().superRefine((template, context) => {
  const fail = (message: string) => context.addIssue({ code: 'custom', message });
  if (!template.startsWith(BASE)) return fail('expected to begin with "{base}/", because the key is sent there');
  const rest = template.slice(BASE.length);
  const { path, query } = split(template);
  const names = [...rest.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) fail(`does not know {${unknown}}; known are {${KNOWN.join('}, {')}}`);
  if (!names.includes('processId')) fail('expected to contain {processId}');
  if (/[#\\]/.test(rest) || rest.split('?').length > 2) fail('expected a path and at most one query');
  if (path.some((segment) => segment === '' || segment === '.' || segment === '..'))
    fail('must not have an empty, "." or ".." segment');
  if (query.some(([name, value]) => name === '' || value === undefined)) fail('expected a query of name=value pairs');
});

function split(template: string) {
  const [path = '', query = ''] = template.slice(BASE.length).split('?');
  return {
    path: path.split('/'),
    query: query === '' ? [] : query.split('&').map((pair): readonly (string | undefined)[] => pair.split(/=(.*)/s)),
  };
}

/** What stands in the URL for the endpoint. */
export interface EndpointNames {
  readonly application?: string | undefined;
  readonly endpoint: string;
}

const ROOT = ['api', '1', 'action'];

function endpointPath({ application, endpoint }: EndpointNames): readonly string[] {
  return [...ROOT, ...(application === undefined ? [] : [application]), endpoint];
}

/** Where a run is started. */
export function triggerPath(names: EndpointNames): readonly string[] {
  return [...endpointPath(names), 'trigger'];
}

/** Where the status of a run is read. */
export function statusUrl(
  template: string | undefined,
  names: EndpointNames,
  processId: string,
): Pick<HttpRequest, 'path' | 'query'> {
  if (template === undefined) return { path: [...endpointPath(names), 'status', processId] };
  const values: Readonly<Record<string, string | undefined>> = { ...names, processId };
  // One pass over the template: an id that looks like a placeholder stays what it is.
  const fill = (text: string) => text.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '');
  const { path, query } = split(template);
  return {
    path: path.map(fill).filter((segment) => segment !== ''),
    query: Object.fromEntries(query.map(([name = '', value = '']) => [name, fill(value)])),
  };
}
