/** What happens to a queued request: attempts, expiry, and the report a robot leaves. Pure. */
import type { AssistEdgeOutputEntry, AssistEdgeProcess } from './processes.ts';
import type { AssistEdgeRequest } from './validation.ts';

export interface ErrorDetail {
  readonly Priority: number;
  readonly Code: string;
  readonly Description: string;
  readonly Type: 'Business';
}

export interface Work {
  readonly attempts: number;
  /** From the queue to the end of the last attempt, cool-offs included. */
  readonly totalMs: number;
  readonly errors: readonly ErrorDetail[];
}

function detail(code: string, description: string): ErrorDetail {
  return { Priority: 0, Code: code, Description: description, Type: 'Business' };
}

/** Runs a request to its end: each attempt has the whole `requestTimeout`, queueing included. */
export function work(process: AssistEdgeProcess, request: AssistEdgeRequest): Work {
  const extra = request.retry ? (request.retryConfigurations?.noOfTimesRetry ?? 0) : 0;
  const coolOffMs = request.retryConfigurations?.retryCoolOffInterval ?? 0;
  let totalMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const { ms, error } = once(process, request, attempt);
    totalMs += ms;
    if (error === undefined) return { attempts: attempt, totalMs, errors: [] };
    if (attempt > extra) return { attempts: attempt, totalMs, errors: [error] };
    totalMs += coolOffMs;
  }
}

interface Attempt {
  readonly ms: number;
  readonly error?: ErrorDetail;
}

function once(process: AssistEdgeProcess, request: AssistEdgeRequest, attempt: number): Attempt {
  const { queueMs = [], durationMs, inputs, failure } = process;
  const queuedMs = queueMs[Math.min(attempt, queueMs.length) - 1] ?? 0;
  const limitMs = request.requestTimeout;
  if (queuedMs > limitMs) return { ms: limitMs, error: detail('BsnErr011', 'The request expired in the queue.') };
  const given = Object.keys(request.inputs).map((name) => name.slice('Search.'.length));
  if (inputs !== undefined && (given.length !== inputs.length || given.some((name) => !inputs.includes(name)))) {
    const description = 'Incorrect automation input parameter count mismatch.';
    return { ms: queuedMs, error: detail('BsnErr109', description) };
  }
  const ms = queuedMs + durationMs;
  if (ms > limitMs) return { ms: limitMs, error: detail('BsnErr012', 'The request expired while a robot ran it.') };
  if (failure?.layer === 2 && attempt <= (failure.attempts ?? Number.POSITIVE_INFINITY))
    return { ms, error: detail(failure.code, failure.message) };
  return { ms };
}

export interface ReportOptions {
  readonly process: AssistEdgeProcess;
  readonly request: AssistEdgeRequest;
  readonly outcome: Work;
  readonly previousRequestIds: readonly string[];
  readonly receivedAt: number;
  /** The output entries begin with the one at this place. */
  readonly rotation: number;
  readonly userName: string;
}

/** A robot's report. The inputs are repeated three times: plain, masked and anonymised. */
export function report(options: ReportOptions): Record<string, unknown> {
  const { process, request, outcome, previousRequestIds, receivedAt, rotation, userName } = options;
  const succeeded = outcome.errors.length === 0;
  const entries = succeeded ? outputs(process) : [];
  const at = entries.length === 0 ? 0 : rotation % entries.length;
  const words = succeeded ? 'SearchSuccessful' : 'SearchFailed';
  return {
    AutomationOutputData: [...entries.slice(at), ...entries.slice(0, at)],
    HttpStatus: '',
    ParentRequest: {
      ...echoedInputs(process, request),
      DataProtectionErrors: {},
      ProcessName: request.processName,
      ProfileName: request.profileName,
      RetryFlag: request.retry,
      Retry: {
        NoOfTimesRetry: request.retryConfigurations?.noOfTimesRetry ?? 0,
        RetryCoolOffInterval: request.retryConfigurations?.retryCoolOffInterval ?? 0,
        PreviousRequestIds: previousRequestIds,
      },
      Timestamp: new Date(receivedAt).toISOString(),
      UserName: userName,
      RequestExpiration: String(request.requestTimeout),
      wait_for_completion: String(request.isSync),
      IfExternalVaultType: false,
    },
    RequestExecutionTime: new Date(outcome.totalMs).toISOString().slice(11, 23),
    RequestReceivedTime: new Date(receivedAt).toISOString(),
    RequestProcessedTime: new Date(receivedAt + outcome.totalMs).toISOString(),
    CommandResultEnum: succeeded ? 0 : 1,
    CommandResultDescription: words,
    TransactionDescription: words,
    ErrorDetailObject: outcome.errors,
    SENodeId: null,
    UserName: userName,
  };
}

function outputs({ outputs: entries = [], failure }: AssistEdgeProcess): readonly AssistEdgeOutputEntry[] {
  if (failure?.layer !== 3) return entries;
  const own = { IsError: 'True', ErrorDescription: failure.message, ErrorCode: failure.code };
  return [...entries, { AppName: 'Microbot : SelfReport', CviewDictionary: own }];
}

function echoedInputs({ protectedInputs = [] }: AssistEdgeProcess, { inputs }: AssistEdgeRequest) {
  const masked = Object.entries(inputs).map(([name, value]) =>
    protectedInputs.includes(name.slice('Search.'.length))
      ? [name, Buffer.from(`*${value}*`).toString('base64')]
      : [name, value],
  );
  return {
    AutomationInputDictionary: inputs,
    MaskedAutomationInputDictionary: Object.fromEntries(masked),
    AnonymizedAutomationInputDictionary: Object.fromEntries(masked),
  };
}
