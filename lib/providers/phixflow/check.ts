import type { Issue } from '../../domain/errors.ts';
import type { Flow } from '../provider.ts';
import { endpointSettings, type PhixflowSettings, type PhixflowTarget } from './settings.ts';

/** `timeout` is PhixFlow's own; the others are the fixed inputs of every endpoint, in exactly this spelling. */
const RESERVED_QUERY_NAMES = ['timeout', 'body', 'contentType', 'headers', 'url'];

/** Mistakes of a flow that only show when connection, target and parameters are seen together. */
export function checkPhixflowFlow(flow: Flow, settings: PhixflowSettings, target: PhixflowTarget): readonly Issue[] {
  return [
    ...urlIssues(settings, target),
    ...queryIssues(flow, target),
    ...bodyIssues(flow, target),
    ...idempotenceIssues(flow, settings, target),
  ];
}

function urlIssues(settings: PhixflowSettings, target: PhixflowTarget): readonly Issue[] {
  const { urlStyle } = settings;
  const issues: Issue[] = [];
  if (urlStyle === 'v11' && target.application === undefined)
    issues.push({ path: 'target.application', message: 'required by the URLs of version 11 (setting urlStyle)' });
  if (urlStyle !== 'v11' && target.application !== undefined)
    issues.push({
      path: 'target.application',
      message: `is no part of the URL with urlStyle "${urlStyle}"; leave it out`,
    });
  if (urlStyle === 'v10' && target.method !== 'POST')
    issues.push({ path: 'target.method', message: 'version 10 knows POST only' });
  if (urlStyle === 'v10' && target.mode === 'async')
    issues.push({ path: 'target.mode', message: 'version 10 has no asynchronous mode' });
  const template = endpointSettings(settings, target).pollUrlTemplate;
  if (target.application === undefined && template?.includes('{application}'))
    issues.push({ path: 'target.application', message: 'required by {application} in pollUrlTemplate' });
  return issues;
}

function queryIssues(flow: Flow, target: PhixflowTarget): readonly Issue[] {
  const apiNames = Object.entries(flow.parameters).map(([key, { apiName }]) => apiName ?? key);
  const undeclared = target.queryParameters.filter((name) => !apiNames.includes(name));
  const issues = undeclared.map((name) => ({
    path: 'target.queryParameters',
    message: `"${name}" is not the API name of a parameter of this flow`,
  }));
  for (const [key, { apiName = key, sensitive }] of Object.entries(flow.parameters)) {
    if (target.method !== 'GET' && !target.queryParameters.includes(apiName)) continue;
    const path = `parameters.${key}`;
    if (sensitive)
      issues.push({
        path,
        message: 'is sensitive, but goes into the URL, which servers and proxies write to their logs',
      });
    if (RESERVED_QUERY_NAMES.includes(apiName))
      issues.push({ path, message: `the query name "${apiName}" is reserved by PhixFlow` });
  }
  return issues;
}

function bodyIssues({ rawBody }: Flow, { method }: PhixflowTarget): readonly Issue[] {
  return rawBody && method === 'GET' ? [{ path: 'rawBody', message: 'a GET request has no body' }] : [];
}

function idempotenceIssues(flow: Flow, settings: PhixflowSettings, target: PhixflowTarget): readonly Issue[] {
  if (!endpointSettings(settings, target).endpointIdempotent) return [];
  if (flow.rawBody || flow.correlationParameter !== undefined) return [];
  const message = 'required by endpointIdempotent: the endpoint recognises a repeated start by this value';
  return [{ path: 'correlationParameter', message }];
}
