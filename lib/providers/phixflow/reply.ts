/** What PhixFlow's replies mean. Pure; the HTTP status has been looked at before any of this. */
import { ProviderProtocolError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { Verdict } from '../../domain/run.ts';
import { readPointer } from '../../http/json-pointer.ts';
import { type Look, meaningOf, normaliseWord, type ProviderOutput, providerFailed } from '../provider.ts';
import type { PhixflowEndpointSettings } from './settings.ts';

type Meaning = 'succeeded' | 'failed' | 'timedOut' | 'running';

interface Word {
  readonly text: string;
  /** Absent for a word in none of the lists. */
  readonly meaning?: Meaning | undefined;
}

const MAX_MESSAGE = 500;
const MAX_DETAILS = 20;

/** Printable and without what servers decode into a path of their own. */
const PROCESS_ID = /^(?!\.{1,2}$)(?!.*[/\\%])[\x21-\x7e]{1,200}$/;

export function isProcessId(text: string): boolean {
  return PROCESS_ID.test(text);
}

/** The id of an asynchronous run as text; undefined when the reply has none. */
export function processIdOf(reply: Json, { processIdPointers }: PhixflowEndpointSettings): string | undefined {
  const found = processIdPointers.map((pointer) => at(reply, pointer)).find((id) => id != null && id !== '');
  if (found == null) return undefined;
  const id = typeof found === 'string' || Number.isSafeInteger(found) ? String(found) : '';
  if (isProcessId(id)) return id;
  throw new ProviderProtocolError('Start of a PhixFlow endpoint: the reply has a process id of an impossible shape');
}

/** The process id that a reply repeats, where it does. */
export function echoedIdOf(reply: Json, { pollIdPointers }: PhixflowEndpointSettings): Json | undefined {
  return pollIdPointers.map((pointer) => at(reply, pointer)).find((id) => id != null);
}

/** Of an id; undefined for what is none, and may not even be made a text of. */
function textOf(id: Json): string | undefined {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

/** True where a reply has a place for a process id and nothing in it: no author's result. */
export function hasEmptyProcessId(reply: Json, { pollIdPointers }: PhixflowEndpointSettings): boolean {
  return pollIdPointers.map((pointer) => at(reply, pointer)).some((id) => id === null || id === '');
}

/** What one status reply says. @throws ProviderProtocolError when it says nothing, or speaks of another run. */
export function lookOf(
  reply: Json,
  { status, processId }: { readonly status: number; readonly processId: string },
  endpoint: PhixflowEndpointSettings,
): Look {
  const echoed = echoedIdOf(reply, endpoint);
  if (echoed !== undefined && textOf(echoed) !== processId)
    throw new ProviderProtocolError('Status of a PhixFlow run: the reply is about another run', { status });
  const word = wordsOf(reply, endpoint.statusPointers, endpoint)[0];
  // 202 is PhixFlow's web server saying "not yet", whatever the body says.
  if (status === 202) return { kind: 'going', status: 'RUNNING', remoteStatus: word?.text ?? 'HTTP 202' };
  if (word === undefined) {
    const where = endpoint.statusPointers.join(', ');
    throw new ProviderProtocolError(
      `Status of a PhixFlow run: the reply has no word at ${where} (setting statusPointers)`,
      { status },
    );
  }
  if (word.meaning === 'failed') return { kind: 'ended', verdict: failed(reply, word.text, endpoint) };
  if (word.meaning === 'timedOut') return { kind: 'ended', verdict: timedOut(word.text) };
  if (word.meaning === 'succeeded')
    return { kind: 'ended', verdict: { ...verdictOf(resultOf(reply, endpoint), endpoint), remoteStatus: word.text } };
  const unknown = word.meaning === undefined ? { unknownWord: true } : {};
  return { kind: 'going', status: 'RUNNING', remoteStatus: word.text, ...unknown };
}

/** The verdict of a finished endpoint's own reply: its word, then its records; the worst of all words counts. */
export function verdictOf(reply: Json, endpoint: PhixflowEndpointSettings): Verdict {
  const bad = badVerdictOf(reply, endpoint);
  if (bad !== undefined) return bad;
  const word = wordsOf(reply, endpoint.replyStatusPointers, endpoint).find(({ meaning }) => meaning === 'succeeded');
  const remoteStatus = word === undefined ? {} : { remoteStatus: word.text };
  const records = recordsOf(reply, endpoint);
  const failures = failedRecords(records, endpoint);
  if (failures.length === 0) return { status: 'SUCCEEDED', ...remoteStatus };
  const message = `${failures.length} of ${records.length} records failed`;
  if (failures.length === records.length)
    return { status: 'FAILED', ...remoteStatus, error: providerFailed(message, failures.slice(0, MAX_DETAILS)) };
  const error = { code: 'PROVIDER_WARNINGS', message, details: failures.slice(0, MAX_DETAILS) };
  return { status: 'SUCCEEDED_WITH_WARNINGS', ...remoteStatus, error };
}

/** The verdict of a reply that says by its own word that the run ended badly; undefined for every other reply. */
export function badVerdictOf(reply: Json, endpoint: PhixflowEndpointSettings): Verdict | undefined {
  const words = wordsOf(reply, endpoint.replyStatusPointers, endpoint);
  const aborted = words.find(({ meaning }) => meaning === 'timedOut');
  if (aborted !== undefined) return timedOut(aborted.text);
  const bad = words.find(({ meaning }) => meaning === 'failed');
  return bad === undefined ? undefined : failed(reply, bad.text, endpoint);
}

/** The run that PhixFlow aborted because its timeout had passed. */
export function timedOut(remoteStatus: string): Verdict {
  const message = 'PhixFlow aborted the command because its timeout had passed';
  return { status: 'TIMED_OUT', remoteStatus, error: { code: 'PROVIDER_TIMED_OUT', message } };
}

function failed(reply: Json, word: string, endpoint: PhixflowEndpointSettings): Verdict {
  const result = resultOf(reply, endpoint);
  const own = messageOf(reply, endpoint) ?? messageOf(result, endpoint);
  const message = own ?? `the endpoint answered "${word.slice(0, MAX_MESSAGE)}"`;
  const details = failedRecords(recordsOf(result, endpoint), endpoint).slice(0, MAX_DETAILS);
  return { status: 'FAILED', remoteStatus: word, error: providerFailed(message, details) };
}

/** True when the reply has a word that is no end: an asynchronous run that is still going. */
export function saysStillGoing(reply: Json, endpoint: PhixflowEndpointSettings): boolean {
  const word = wordsOf(reply, endpoint.statusPointers, endpoint)[0];
  return word !== undefined && (word.meaning === undefined || word.meaning === 'running');
}

/** The endpoint's own reply inside a status reply. */
export function resultOf(reply: Json, { resultPointers }: PhixflowEndpointSettings): Json {
  const results = resultPointers.map((pointer) => at(reply, pointer));
  return results.find((result) => result != null) ?? reply;
}

/** The named output of an endpoint's own reply, or all of it. */
export function outputOf(
  reply: Json,
  outputName: string | undefined,
  { outputPointers }: PhixflowEndpointSettings,
): ProviderOutput {
  if (outputName === undefined) return { value: reply, files: [] };
  const escaped = outputName.replaceAll('~', '~0').replaceAll('/', '~1');
  const value = outputPointers
    .map((pointer) =>
      at(
        reply,
        pointer.replaceAll('{outputName}', () => escaped),
      ),
    )
    .find((found) => found !== undefined);
  return value === undefined ? { files: [] } : { value, files: [] };
}

function wordsOf(reply: Json, pointers: readonly string[], endpoint: PhixflowEndpointSettings): readonly Word[] {
  return pointers.flatMap((pointer): readonly Word[] => {
    const value = at(reply, pointer);
    if (typeof value === 'boolean') return [{ text: String(value), meaning: value ? 'succeeded' : 'failed' }];
    if (typeof value !== 'string' || value.trim() === '') return [];
    return [{ text: value, meaning: meaningOf(wordMap(endpoint), value) }];
  });
}

function wordMap(endpoint: PhixflowEndpointSettings): Readonly<Record<string, Meaning>> {
  const lists: readonly (readonly [readonly string[], Meaning])[] = [
    [endpoint.runningWords, 'running'],
    [endpoint.successWords, 'succeeded'],
    [endpoint.timeoutWords, 'timedOut'],
    [endpoint.failureWords, 'failed'],
  ];
  return Object.fromEntries(
    lists.flatMap(([words, meaning]) => words.map((word): [string, Meaning] => [normaliseWord(word), meaning])),
  );
}

function recordsOf(reply: Json, { recordsPointers }: PhixflowEndpointSettings): readonly Json[] {
  const found = recordsPointers.map((pointer) => at(reply, pointer)).find((value) => Array.isArray(value));
  return Array.isArray(found) ? found : [];
}

function failedRecords(records: readonly Json[], endpoint: PhixflowEndpointSettings): readonly Json[] {
  return records.flatMap((record, index): readonly Json[] => {
    const words = wordsOf(record, endpoint.recordStatusPointers, endpoint);
    const bad = words.find(({ meaning }) => meaning === 'failed' || meaning === 'timedOut');
    if (bad === undefined) return [];
    const message = messageOf(record, endpoint);
    return [{ record: index, status: bad.text, ...(message === undefined ? {} : { message }) }];
  });
}

function messageOf(reply: Json, { messagePointers }: PhixflowEndpointSettings): string | undefined {
  const messages = messagePointers.map((pointer) => at(reply, pointer));
  const found = messages.find((message) => typeof message === 'string' && message.trim() !== '');
  return typeof found === 'string' ? found.slice(0, MAX_MESSAGE) : undefined;
}

function at(reply: Json, pointer: string): Json | undefined {
  return readPointer(reply, pointer) as Json | undefined;
}
