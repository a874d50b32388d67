import { html } from 'hono/html';
import type { BryterScenario, BryterState } from './scenarios.ts';

type Html = ReturnType<typeof html>;

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1b1f24}
label{display:block;margin:1rem 0 .25rem}input{width:100%;padding:.5rem;box-sizing:border-box;font:inherit}
button{margin-top:1.5rem;padding:.6rem 1.4rem;font:inherit}`;

/** Sent with every page: it loads nothing and posts to itself only. */
export const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** The page a person sees behind the browser link of a session. */
export function sessionPage(scenario: BryterScenario, state: BryterState): Html {
  return page(scenario.description, state === 'waiting_for_input' ? form(scenario) : stateText(state));
}

export function thanksPage(scenario: BryterScenario): Html {
  return page(scenario.description, html`<p role="status">Thank you. Your answer has been received.</p>`);
}

export function lostPage(): Html {
  return page('Not found', html`<p>There is no such session.</p>`);
}

function form({ questions = { answer: 'Your answer' } }: BryterScenario): Html {
  const fields = Object.entries(questions).map(
    ([name, label], index) => html`
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" autocomplete="off"${index === 0 ? html` required autofocus` : ''}>`,
  );
  return html`<form method="post">${fields}
<button type="submit">Send</button></form>`;
}

function stateText(state: BryterState): Html {
  return html`<p role="status">Nothing to answer: this session is <strong>${state.replaceAll('_', ' ')}</strong>.</p>`;
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>${content}</main></body></html>`;
}
