import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { ASSIST_EDGE_PROCESSES, type AssistEdgeProcess } from './assist-edge/processes.ts';
import { type AssistEdgeJob, type AssistEdgeSwitches, submitRequest } from './assist-edge/queue.ts';
import { fromLegacy } from './assist-edge/validation.ts';
import { createJobs } from './jobs.ts';
import type { DurationOf } from './script.ts';
import type { Platform } from './simulator.ts';

export { ASSIST_EDGE_PROCESSES } from './assist-edge/processes.ts';
export type { AssistEdgeJob, AssistEdgeSwitches } from './assist-edge/queue.ts';

export interface AssistEdgeOptions {
  readonly username: string;
  readonly password: string;
  readonly now?: () => number;
  readonly file?: string;
  readonly scenarios?: Readonly<Record<string, AssistEdgeProcess>>;
  readonly switches?: AssistEdgeSwitches;
  /** Of the robot's work, by process. */
  readonly durationMs?: DurationOf;
}

/** The Listener API of AssistEdge RPA: tokens, both submit paths and the legacy one. It has no other calls. */
export function createAssistEdgePlatform(options: AssistEdgeOptions): Platform {
  const { now = Date.now, scenarios = ASSIST_EDGE_PROCESSES, switches = {} } = options;
  const jobs = createJobs<AssistEdgeJob>(options.file);
  const tokens = new Map<string, number>();
  const app = new Hono();

  async function issueToken(context: Context): Promise<Response> {
    const tenant = context.req.param('tenant');
    if (switches.tenant !== undefined && tenant !== switches.tenant) return context.notFound();
    const given = await jsonOf(context);
    const { username, password } = (given ?? {}) as { readonly username?: unknown; readonly password?: unknown };
    if (username !== options.username || password !== options.password)
      return context.text('An error occurred. Please talk to the administrator.', 500);
    const token = newToken();
    tokens.set(token, now() + (switches.tokenLifetimeMs ?? 1_800_000));
    return tokenReply(context, token, switches.tokenReply);
  }

  async function submit(context: Context): Promise<Response> {
    const tenant = context.req.param('tenant');
    if (tenant !== undefined && switches.tenant !== undefined && tenant !== switches.tenant) return context.notFound();
    const token = context.req.header('authorization')?.replace(/^Bearer /, '') ?? '';
    if ((tokens.get(token) ?? 0) <= now()) return context.json({ message: 'Unauthorized' }, 401);
    return take(context, await jsonOf(context));
  }

  async function submitLegacy(context: Context): Promise<Response> {
    const expected = Buffer.from(`${options.username}:${options.password}`).toString('base64');
    if (context.req.header('authorization') !== `Basic ${expected}`) return context.text('Unauthorized', 401);
    return take(context, fromLegacy(await jsonOf(context)));
  }

  async function take(context: Context, body: unknown): Promise<Response> {
    const { username: userName, durationMs } = options;
    const reply = await submitRequest(body, { now, scenarios, switches, jobs, userName, durationMs });
    return context.json(reply.body, reply.status);
  }

  for (const path of ['/api/Token', '/api/token', '/:tenant/api/Token', '/:tenant/api/token'])
    app.post(path, issueToken);
  for (const path of ['/api/a/automation', '/:tenant/api/a/automation']) app.post(path, submit);
  app.post('/listener/rpa/api/message', submitLegacy);
  return {
    app,
    jobs: () => jobs.all().map((job) => (job.endsAt > now() ? { ...job, queue: 'automation' } : job)),
  };
}

function tokenReply(context: Context, token: string, how: AssistEdgeSwitches['tokenReply'] = 'text'): Response {
  if (how === 'text') return context.text(token);
  return how === 'json' ? context.json(token) : context.json({ [how]: token, expires_in: 1_800 });
}

/** Looks like a JWT: three parts. */
function newToken(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ jti: randomUUID() })}.${randomUUID().replaceAll('-', '')}`;
}

async function jsonOf(context: Context): Promise<unknown> {
  return context.req.json().catch(() => undefined);
}
