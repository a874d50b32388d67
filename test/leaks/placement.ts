/** A place where a platform may repeat what it was sent, and what such places are made of. */
import type { Status } from '../../lib/domain/status.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import type { Fleet } from '../../lib/simulators/fleet.ts';
import { SENSITIVE } from './canaries.ts';
import { echoOf } from './encodings.ts';

export type PlatformName = Exclude<keyof Fleet, 'close'>;

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One place in which a value comes back. */
export interface Placement {
  /** Unique; a part of every address of its flow. */
  readonly id: string;
  readonly platform: PlatformName;
  /** What the platform answers, in this order; the last one from then on. */
  readonly rules: readonly FaultRule[];
  /** Of the flow. */
  readonly flow: Readonly<Record<string, unknown>>;
  /** What the run is started with. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly ends: Status | readonly Status[];
  /** Done while the run waits for an answer. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Canceled once it goes. */
  readonly cancel?: true;
}

export const PERSON = {
  email: { type: 'email', sensitive: true },
  note: { type: 'text', sensitive: true },
  account: { type: 'json', sensitive: true },
  number: { type: 'number', sensitive: true },
};
const SENT = [
  SENSITIVE.email,
  SENSITIVE.note,
  'IBAN 7719-KX 0042',
  SENSITIVE.account['IBAN 7719-KX 0042'],
  String(SENSITIVE.number),
];

/** Everything that this connection was given, in all spellings. */
export const echo = (...keys: readonly string[]) => echoOf([...keys, ...SENT]);
export const page = (text: string): Reply => ({
  headers: { 'content-type': 'text/html' },
  body: `<html><h1>Oops</h1>${text}</html>`,
});

export function rule(
  method: string,
  path: string,
  { status = 200, headers = {}, body = '' }: Reply,
  times = 1_000_000,
): FaultRule {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return {
    method,
    path,
    times,
    fault: { kind: 'reply', status, body: text, headers: { 'content-type': type, ...headers } },
  };
}

/** Those before the last once each. */
export function inTurn(method: string, path: string, replies: readonly Reply[]): readonly FaultRule[] {
  return replies.map((reply, index) => rule(method, path, reply, index < replies.length - 1 ? 1 : 1_000_000));
}

export type Own = Pick<Placement, 'ends'> & Partial<Pick<Placement, 'answer' | 'cancel' | 'input' | 'flow'>>;

export const base = { parameters: PERSON, deadline: '5m', startBy: '2m' };
export const input = { parameters: { ...SENSITIVE } };
