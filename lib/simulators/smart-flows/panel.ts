/** The Flow Execution Panel of the simulated Smart Flows: what waits for a person, and the forms to answer it. */
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { asksPerson, type Found, findExecution, passGate, type SmartFlowsProject, viewOf } from './project.ts';
import { fieldKey } from './views.ts';

type Html = ReturnType<typeof html>;

const HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

export function addPanel(app: Hono, project: SmartFlowsProject): void {
  app.get('/client', async (context) => {
    const waiting = project.jobs
      .all()
      .map((job) => viewOf(project, job))
      .filter((found) => found !== undefined)
      .filter(asksPerson);
    const wanted = context.req.query('executionId');
    const shown = waiting.filter(({ view }) => wanted === undefined || view.job.id === wanted);
    return context.html(await page(shown.map(form)), 200, HEADERS);
  });
  app.post('/client', async (context) => {
    const found = findExecution(project, context.req.query('executionId') ?? '');
    if (found === undefined || !asksPerson(found)) return context.html(await page([]), 404, HEADERS);
    const fields = Object.entries(await context.req.parseBody());
    passGate(
      project,
      found,
      Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string')),
    );
    return context.redirect('/client', 303);
  });
}

function form({ view }: Found): Html {
  const fields = Object.entries(view.scenario.questions ?? {}).map(([id, title]) => {
    const key = fieldKey(id);
    return html`<label>${title} <input name="${key}" autocomplete="off"></label>`;
  });
  return html`<form method="post" action="/client?executionId=${view.job.id}">
<h2>${view.scenario.displayName}</h2>${fields}
<button type="submit">Continue</button></form>`;
}

function page(forms: readonly Html[]): Html {
  const content = forms.length === 0 ? html`<p role="status">Nothing waits for an answer.</p>` : forms;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Flow Execution Panel</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto}label{display:block}</style></head>
<body><main><h1>Flow Execution Panel</h1>${content}</main></body></html>`;
}
