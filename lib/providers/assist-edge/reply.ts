/**
 * Reads what AssistEdge says of a request. The HTTP status that goes with a failure is unpublished, and a failure may
 * hide under the word `success`: the body decides, in its deepest layer.
 */
import { z } from 'zod';
import { ProviderProtocolError, ReplyLostError } from '../../domain/errors.ts';
import type { Verdict } from '../../domain/run.ts';
import type { HttpReply } from '../../http/http-client.ts';
import { isProxyStatus, readJson } from '../../http/reply.ts';
import { meaningOf, providerFailed, type Started, type StatusMap } from '../provider.ts';
import { startFailureOf } from '../start-failure.ts';
import { type Detail, decode, detailsIn, isRecord, withoutEchoText } from './json.ts';
import { type AssistEdgeOutput, outputOf, selfReported } from './output.ts';

export interface ReadingRules {
  readonly isSync: boolean;
  readonly outputApp: string | undefined;
  readonly selfReportedFailure: boolean;
  readonly expiryCodes: readonly string[];
  readonly serverErrorMeansNotAccepted: boolean;
}

type Ended = Extract<Started, { kind: 'ended' }>;

const START = { operation: 'start', what: 'AssistEdge submit' } as const;

const WORDS: StatusMap<'taken' | 'refused'> = { success: 'taken', failure: 'refused', failed: 'refused' };

/** Whatever body comes with these, nothing was taken. */
const NOTHING_TAKEN = [401, 403, 429];

const idSchema = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined);

const replySchema = z.object({
  errors: z.unknown().optional(),
  instance: idSchema,
  // A number here is a web server's error page in JSON, not the platform's word.
  status: z.string().optional().catch(undefined),
  transactionId: idSchema,
  response: z.unknown().optional(),
  error: z.unknown().optional(),
  error_msg: z.unknown().optional(),
});
type Reply = z.output<typeof replySchema>;

interface Result {
  readonly outputData: unknown;
  readonly errorDetails: unknown;
}

/**
 * What the reply to a submit proves.
 * @throws what `startFailureOf` makes of a reply without a verdict; ProviderProtocolError when HTTP status and body
 *   contradict each other or the body says nothing: the platform may have taken the request.
 */
export function readSubmitReply(reply: HttpReply, rules: ReadingRules): Started {
  const ok = reply.status >= 200 && reply.status <= 299;
  const body = bodyOf(reply);
  const refused = body === undefined ? undefined : inFallout(body);
  if (refused !== undefined) return refused;
  const meaning = body?.status === undefined ? undefined : meaningOf(WORDS, body.status);
  if (body?.status === undefined || (meaning === undefined && !ok)) throw withoutVerdict(reply, ok, rules);
  const result = ended(body, body.status, rules);
  if (ok || result.verdict.status === 'FAILED' || result.verdict.status === 'TIMED_OUT') return result;
  throw new ProviderProtocolError(`${START.what}: HTTP ${reply.status}, but the body speaks of success`, {
    status: reply.status,
  });
}

function bodyOf(reply: HttpReply): Reply | undefined {
  if (NOTHING_TAKEN.includes(reply.status)) return undefined;
  const parsed = replySchema.safeParse(decode(reply.text));
  if (!parsed.success) return undefined;
  const hasId = parsed.data.instance !== undefined || parsed.data.transactionId !== undefined;
  // A gateway's own words, unless the body carries an id of the platform.
  return hasId || !isProxyStatus(reply.status) ? parsed.data : undefined;
}

function withoutVerdict(reply: HttpReply, ok: boolean, { serverErrorMeansNotAccepted }: ReadingRules): Error {
  // The reply repeats the inputs; an error must not carry them further.
  if (!ok) {
    const silent = { ...reply, text: withoutEchoText(reply.text) };
    return startFailureOf(silent, { what: START.what, serverErrorMeansNotAccepted });
  }
  try {
    // Something else than JSON is a lost reply; its error never quotes it.
    readJson(reply, z.unknown(), START);
  } catch (error) {
    if (error instanceof ReplyLostError) return error;
    throw error;
  }
  return new ProviderProtocolError(`${START.what}: HTTP ${reply.status} without a status word`, {
    status: reply.status,
  });
}

/** Layer 1: refused before the queue. There is no transaction; `instance` is the only handle. */
function inFallout({ errors, instance, transactionId }: Reply): Ended | undefined {
  const details = detailsIn(errors);
  if (details.length === 0) return undefined;
  return {
    kind: 'ended',
    ...idOf(instance ?? transactionId),
    verdict: {
      status: 'FALLOUT',
      falloutReason: 'INPUT_REJECTED',
      error: providerFailed(sentence('AssistEdge did not queue the request', details), details),
      ...classOf(details),
    },
  };
}

function ended(reply: Reply, word: string, rules: ReadingRules): Ended {
  const result = resultIn(reply.response);
  const output = result === undefined ? undefined : outputOf(result.outputData, rules.outputApp);
  const verdict = verdictOf(reply, word, rules, { result, output });
  const succeeded = verdict.status === 'SUCCEEDED' || verdict.status === 'SUCCEEDED_WITH_WARNINGS';
  return {
    kind: 'ended',
    ...idOf(reply.transactionId),
    verdict: { remoteStatus: word, ...verdict },
    ...(succeeded && output?.value !== undefined ? { output: { value: output.value, files: [] } } : {}),
  };
}

/** The robot's report: JSON text within `response.response`, or whatever of that an installation has unpacked. */
function resultIn(response: unknown, depth = 0): Result | undefined {
  const value = decode(response);
  if (!isRecord(value) || depth > 2) return undefined;
  if (Array.isArray(value.AutomationOutputData) || 'ErrorDetailObject' in value)
    return { outputData: value.AutomationOutputData, errorDetails: value.ErrorDetailObject };
  return resultIn(value.response, depth + 1);
}

interface Inner {
  readonly result: Result | undefined;
  readonly output: AssistEdgeOutput | undefined;
}

function verdictOf(reply: Reply, word: string, rules: ReadingRules, { result, output }: Inner): Verdict {
  // Layer 2: a failed robot still answers "success".
  const robot = detailsIn(result?.errorDetails);
  if (robot.length > 0) return failed('The robot failed', robot, rules);

  // Layer 4: the old style says it outside.
  const outer = [...detailsIn(reply.error), ...detailsIn(reply.error_msg)];
  const meaning = meaningOf(WORDS, word);
  if (meaning === 'refused') return failed('AssistEdge did not run the request', outer, rules);
  if (meaning === undefined) return undecided('AssistEdge answered with a word that is not documented');

  if (result === undefined) return withoutResult(reply.response, rules.isSync);

  // Layer 3: the automation's own word, where the connection says that it counts.
  const own = rules.selfReportedFailure ? selfReported(result.outputData) : [];
  if (own.length > 0) return failed('The automation reported its own failure', own, rules);
  if (outer.length > 0)
    return { status: 'SUCCEEDED_WITH_WARNINGS', error: providerFailed(sentence('AssistEdge reports', outer), outer) };
  if (output?.missing !== undefined)
    return { status: 'SUCCEEDED_WITH_WARNINGS', error: { code: 'OUTPUT_MISSING', message: output.missing } };
  return { status: 'SUCCEEDED' };
}

/**
 * "Success" and no report. Asynchronously it means "in the queue", and no call tells more. Synchronously a robot has
 * finished, but the layer that tells how is absent or unreadable. The start is not in doubt then, so it must not become
 * an ambiguous start, where a person is offered "not started, try again": how it ended is what a person has to find out.
 */
function withoutResult(response: unknown, isSync: boolean): Verdict {
  const acknowledge = isRecord(response) ? response.acknowledge : undefined;
  if (acknowledge === false) return undecided('AssistEdge answered "success" without acknowledging the request');
  if (acknowledge === true || !isSync) return { status: 'HANDED_OFF' };
  return undecided('The robot finished, but the part of the reply that says how cannot be read');
}

function failed(what: string, details: readonly Detail[], { expiryCodes }: ReadingRules): Verdict {
  const expired = details.some(({ code }) => code !== undefined && expiryCodes.includes(code));
  const error = providerFailed(sentence(what, details), details);
  // The operator's word for an expiry goes before the vendor's prefix: later there may be time enough.
  return expired ? { status: 'TIMED_OUT', error } : { status: 'FAILED', error, ...classOf(details) };
}

/** Business by its type, or without one by the prefix of its code; one is enough, for it would come again. */
function classOf(details: readonly Detail[]): Pick<Verdict, 'class'> {
  const isBusiness = ({ type, code }: Detail) =>
    type === undefined ? /^BsnErr/i.test(code ?? '') : type.trim().toLowerCase() === 'business';
  return details.some(isBusiness) ? { class: 'business' } : {};
}

function undecided(message: string): Verdict {
  return { status: 'FALLOUT', falloutReason: 'UNKNOWN_STATUS', error: providerFailed(message) };
}

function idOf(remoteId: string | undefined): { readonly remoteId?: string } {
  return remoteId === undefined ? {} : { remoteId };
}

function sentence(what: string, details: readonly Detail[]): string {
  const [first] = details;
  const words = [first?.code, first?.description].filter((word) => word !== undefined).join(' ');
  return words === '' ? `${what}.` : `${what}: ${words}`;
}
