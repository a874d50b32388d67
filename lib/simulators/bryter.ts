/** BRYTER's Execution API as a platform: sessions of published modules, and the page where a person answers. */
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Json, JsonObject } from '../domain/json.ts';
import { lostPage, PAGE_HEADERS, sessionPage, thanksPage } from './bryter/page.ts';
import { type BryterEnvelope, parseStartBody, type StartParameters } from './bryter/request.ts';
import { BRYTER_SCENARIOS, type BryterScenario, type BryterState } from './bryter/scenarios.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { type DurationOf, lasting, type Phase, phaseAt } from './script.ts';
import type { Platform } from './simulator.ts';

export { BRYTER_MODULES, BRYTER_SCENARIOS, type BryterScenario } from './bryter/scenarios.ts';

export interface BryterOptions {
  readonly apiKey: string;
  /** The platform's clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Where sessions are kept; absent: in memory. */
  readonly file?: string;
  /** Published modules by id. Default: `BRYTER_SCENARIOS`. */
  readonly scenarios?: Readonly<Record<string, BryterScenario>>;
  /** What a bad key gets. Default 404, as documented; the vendor has announced 401. */
  readonly badKeyStatus?: 404 | 401;
  /** Doubled slash in `links.self`, as in the vendor's example. Default true. */
  readonly doubleSlash?: boolean;
  /** Where the start reply names the session. Default `body` (with links and `Location`, as one would expect). */
  readonly idIn?: 'body' | 'location' | 'links' | 'browser-link' | 'nowhere';
  /** Shapes of the start body that are understood. Default: flat only. */
  readonly envelopes?: readonly BryterEnvelope[];
  /** By module. */
  readonly durationMs?: DurationOf;
}

interface Session {
  readonly id: string;
  readonly moduleId: string;
  readonly startedAt: number;
  readonly lastsMs?: number | undefined;
  readonly parameters: StartParameters;
  readonly gates: readonly number[];
  readonly answers: readonly Readonly<Record<string, string>>[];
}

const SESSIONS = '/api/execution/:moduleId/sessions';
const PAGE = '/:moduleId/sessions/:sessionId';

/** What the routes share. */
interface Bryter {
  readonly options: BryterOptions;
  readonly scenarios: Readonly<Record<string, BryterScenario>>;
  readonly sessions: Jobs<Session>;
  readonly now: () => number;
}

/** @param options switches for whatever the vendor's pages leave open. */
export function createBryterPlatform(options: BryterOptions): Platform {
  const { scenarios = BRYTER_SCENARIOS, now = () => Date.now() } = options;
  const bryter: Bryter = { options, scenarios, now, sessions: createJobs<Session>(options.file) };
  const app = new Hono();
  addExecutionApi(app, bryter);
  addBrowserPages(app, bryter);
  return {
    app,
    jobs: () =>
      bryter.sessions.all().map((session) => {
        const scenario = ownValue(scenarios, session.moduleId);
        return { ...session, ...(scenario === undefined ? {} : { state: phaseOf(bryter, session, scenario).state }) };
      }),
  };
}

function addExecutionApi(app: Hono, bryter: Bryter): void {
  const { options, scenarios, sessions, now } = bryter;
  app.use('/api/*', async (context, next) => {
    const authorised = context.req.header('authorization') === `Bearer ${options.apiKey}`;
    return authorised ? next() : context.body(null, options.badKeyStatus ?? 404);
  });

  app.post(SESSIONS, async (context) => {
    const moduleId = context.req.param('moduleId');
    const scenario = ownValue(scenarios, moduleId);
    if (scenario === undefined) return context.body(null, 404);
    if (mediaType(context) !== 'application/json') return context.json(errors('expected application/json'), 415);
    const start = parseStartBody(await context.req.text(), scenario, options.envelopes ?? ['flat']);
    if (start.kind === 'refused') return context.json(errors(...start.messages), 400);
    const id = randomBytes(16).toString('base64url');
    const lastsMs = options.durationMs?.(moduleId, sessions.all().length);
    const session = { id, moduleId, startedAt: now(), lastsMs, parameters: start.parameters, gates: [], answers: [] };
    sessions.put(session);
    return createdReply(context, session, phaseOf(bryter, session, scenario).state, options);
  });

  app.get(`${SESSIONS}/:sessionId`, (context) => {
    const found = find(bryter, context);
    if (found === undefined) return context.body(null, 404);
    if (!acceptsJson(context)) return context.json(errors('only application/json is offered'), 406);
    const { state } = found.phase;
    const { outputs } = found.scenario;
    const data = state === 'completed' && outputs !== undefined ? { state, outputs } : { state };
    return context.json({ data, links: linksOf(context, found.session, options) });
  });

  for (const path of [SESSIONS, `${SESSIONS}/:sessionId`]) app.all(path, (context) => context.body(null, 405));
}

function addBrowserPages(app: Hono, bryter: Bryter): void {
  const { sessions, now } = bryter;
  app.get(PAGE, (context) => {
    const found = find(bryter, context);
    if (found === undefined) return context.html(lostPage(), 404, PAGE_HEADERS);
    const { session, scenario, phase } = found;
    if (phase.until === 'opened') sessions.put({ ...session, gates: [...session.gates, now()] });
    return context.html(sessionPage(scenario, phase.state), 200, PAGE_HEADERS);
  });

  app.post(PAGE, async (context) => {
    const found = find(bryter, context);
    if (found === undefined) return context.html(lostPage(), 404, PAGE_HEADERS);
    const { session, scenario, phase } = found;
    if (phase.until !== 'answered') return context.html(sessionPage(scenario, phase.state), 409, PAGE_HEADERS);
    if (mediaType(context) !== 'application/x-www-form-urlencoded') return context.body(null, 415);
    const answer = Object.fromEntries(new URLSearchParams(await context.req.text()));
    sessions.put({ ...session, gates: [...session.gates, now()], answers: [...session.answers, answer] });
    return context.html(thanksPage(scenario), 200, PAGE_HEADERS);
  });
}

interface Found {
  readonly session: Session;
  readonly scenario: BryterScenario;
  readonly phase: Phase<BryterState>;
}

function find(bryter: Bryter, context: Context): Found | undefined {
  const moduleId = context.req.param('moduleId') ?? '';
  const session = bryter.sessions.get(context.req.param('sessionId') ?? '');
  const scenario = ownValue(bryter.scenarios, moduleId);
  if (session?.moduleId !== moduleId || scenario === undefined) return undefined;
  return { session, scenario, phase: phaseOf(bryter, session, scenario) };
}

function phaseOf({ now }: Bryter, session: Session, { script }: BryterScenario): Phase<BryterState> {
  return phaseAt(lasting(script, session.lastsMs), session.startedAt, now(), session.gates);
}

function createdReply(context: Context, session: Session, state: string, options: BryterOptions): Response {
  const links = linksOf(context, session, options);
  const location = `/api/execution/${session.moduleId}/sessions/${session.id}`;
  const replies: Readonly<Record<NonNullable<BryterOptions['idIn']>, { body: JsonObject; location?: string }>> = {
    body: { body: { data: { id: session.id, state }, links }, location },
    location: { body: { data: { state } }, location },
    links: { body: { data: { state }, links } },
    'browser-link': { body: { data: { state }, links: { browser: links.browser } } },
    nowhere: { body: { data: { state } } },
  };
  const reply = replies[options.idIn ?? 'body'];
  return context.json(reply.body, 201, reply.location === undefined ? {} : { location: reply.location });
}

function linksOf(context: Context, session: Session, options: BryterOptions) {
  const slash = options.doubleSlash === false ? '/' : '//';
  return {
    self: `/api/execution${slash}${session.moduleId}/sessions/${session.id}`,
    browser: `${new URL(context.req.url).origin}/${session.moduleId}/sessions/${session.id}`,
  };
}

function errors(...messages: readonly string[]): { readonly errors: readonly Json[] } {
  return { errors: messages.map((message) => ({ message })) };
}

function mediaType(context: Context): string | undefined {
  return context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
}

function acceptsJson(context: Context): boolean {
  const accept = context.req.header('accept') ?? '*/*';
  return accept.includes('application/json') || accept.includes('*/*');
}

function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
