/** What to do about what went wrong with a run. Pure: from what the API tells of it to a sentence for a person. */
import { isTerminal, type Status } from '../../domain/status.ts';

/** As much of a run as the advice depends on. */
export interface AdvisedRun {
  readonly id: string;
  readonly connection: string;
  readonly provider: string;
  readonly status: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly fallout?: { readonly reason: string };
  readonly heldBack?: { readonly why: string };
}

type Advise = (run: AdvisedRun) => string;

const doctor: Advise = ({ connection }) => `"errand doctor" checks the connection "${connection}".`;
const decide: Advise = ({ id }) =>
  `"errand fallout resolve ${id}" takes your decision: --adopt ID where the job was started, --not-started where it was not, or --close STATUS; each with --reason TEXT.`;
const rerun: Advise = ({ id }) => `Then start it again: errand rerun ${id}`;

const afterwards: Advise = (run) => (run.status === 'FALLOUT' ? ` ${decide(run)}` : '');

/** These platforms answer a wrong target as they answer a wrong key. */
const ALIKE: ReadonlySet<string> = new Set(['bryter', 'invision']);
const key: Advise = (run) => {
  const target = ALIKE.has(run.provider)
    ? ' and the target of the flow, then `baseUrl` (this platform answers these mistakes alike)'
    : '';
  return `Check the key${target}: "errand secrets set NAME" stores a new one, and it is tried within minutes. ${doctor(run)}${afterwards(run)}`;
};

/** By a code of our own, what to do. */
const ADVICE = {
  'key-refused': key,
  'no-connection': (run) =>
    `Nothing listens there: is the platform up, and are host and port of \`baseUrl\` right? ${doctor(run)}`,
  'no-such-host': (run) =>
    `There is no such host: check \`baseUrl\` for a typing mistake, and that this network knows the name. ${doctor(run)}`,
  'no-way-there': (run) =>
    `The network does not lead there: check \`baseUrl\`, the VPN, and what the firewall lets through. ${doctor(run)}`,
  'no-answer': (run) =>
    isTerminal(run.status as Status)
      ? `The platform did not answer in time. ${doctor(run)}`
      : `The platform does not answer in time; Errand goes on trying. ${doctor(run)}`,
  'not-trusted': (run) =>
    `The server’s certificate does not prove that it is the platform: check \`baseUrl\`; a certificate of your own goes into NODE_EXTRA_CA_CERTS. ${doctor(run)}`,
  'address-forbidden': () =>
    'The address is one that runs may not call (this machine’s own network): `baseUrl` must be the platform’s public or private host.',
  'not-the-platform': (run) =>
    `What answers there is not the platform’s API: check \`baseUrl\` (a path too many or too few, a login page in between). ${doctor(run)}`,
  'target-unknown': (run) =>
    `The platform knows no such thing: check the flow’s \`target\` and \`baseUrl\`. ${doctor(run)}`,
  'input-refused': (run) => `Mend the parameters or the flow’s \`target\` by what the platform says. ${rerun(run)}`,
  'secret-missing': (run) =>
    `Put the secret in: "errand secrets set NAME", with the name that the connection "${run.connection}" has in the configuration.${afterwards(run)}`,
  'start-in-doubt': (run) =>
    `Nobody knows whether the job was started: look for it at the platform. It is never sent again by itself. ${decide(run)}`,
  'remote-lost': (run) => `The platform does not know the job any more: look there what became of it. ${decide(run)}`,
  'word-unknown': (run) => `The platform cannot tell what became of the job: look there. ${decide(run)}`,
  'output-missing': (run) =>
    `The job is done, but its output could not be had: fetch it at the platform. ${decide(run)}`,
  'time-is-up': (run) => `The job may still be going at the platform: look there. ${decide(run)}`,
  'errand-broke': (run) => `This is a fault of Errand or of its configuration. ${decide(run)}`,
  'message-unusable': (run) => `Mend what the message asked for and send it again. ${decide(run)}`,
  paused: ({ connection }) => `A person paused it. "errand connections resume ${connection}" ends that.`,
  failing: ({ connection }) =>
    `The platform fails for all runs; calls come back by themselves when it answers. "errand connections" shows "${connection}".`,
  'told-to-wait': () => 'The platform asked for a pause; the run goes on by itself.',
  busy: () => 'It waits for its turn in the request budget of the connection, and goes on by itself.',
  'in-flight': () => 'It waits for one of the connection’s places (`limits.inFlight`), and goes on by itself.',
  'not-started-in-time': (run) =>
    `Nothing was started. Mend what kept it, or allow more time (\`startBy\`). ${rerun(run)}`,
  'too-slow': (run) => `It took longer than its \`deadline\` allows. ${rerun(run)}`,
  'job-failed': (run) => `The platform took the job and says that it failed: look there why. ${rerun(run)}`,
} as const satisfies Readonly<Record<string, Advise>>;

export type Symptom = keyof typeof ADVICE;
export const SYMPTOMS = Object.keys(ADVICE) as readonly Symptom[];

const BY_REASON: ReadonlyMap<string, Symptom> = new Map(
  Object.entries({
    AMBIGUOUS_START: 'start-in-doubt',
    AUTH_FAILED: 'key-refused',
    REMOTE_LOST: 'remote-lost',
    UNKNOWN_STATUS: 'word-unknown',
    OUTPUT_MISSING: 'output-missing',
    OUTPUT_TOO_LARGE: 'output-missing',
    OUTPUT_INVALID: 'output-missing',
    SECRET_UNAVAILABLE: 'secret-missing',
    INPUT_REJECTED: 'input-refused',
    DEADLINE_UNRESOLVED: 'time-is-up',
    ORCHESTRATOR_FAULT: 'errand-broke',
    POISON_MESSAGE: 'message-unusable',
  } as const),
);

const BY_CODE: ReadonlyMap<string, Symptom> = new Map(
  Object.entries({
    START_BY: 'not-started-in-time',
    DEADLINE: 'too-slow',
    PROVIDER_FAILED: 'job-failed',
    PROVIDER_TIMED_OUT: 'job-failed',
    PROVIDER_INTERRUPTED: 'job-failed',
  } as const),
);

const BY_HOLD: ReadonlyMap<string, Symptom> = new Map(
  Object.entries({
    paused: 'paused',
    failing: 'failing',
    refused: 'key-refused',
    'told-to-wait': 'told-to-wait',
    busy: 'busy',
    'in-flight': 'in-flight',
  } as const),
);

/** What Errand’s own sentences say, by their fixed words and the codes in them; the first that fits. */
const BY_WORDS: readonly (readonly [words: RegExp, symptom: Symptom])[] = [
  [
    /refus(?:ed|es|ing) our key|login was refused|answers so to a wrong key|check the key|the reply was 40[13]\b/,
    'key-refused',
  ],
  [/^secret "|\bsecret "[^"]*" (?:is|does|cannot|has)/i, 'secret-missing'],
  [/\(ERR_FORBIDDEN_ADDRESS\)/, 'address-forbidden'],
  [/not the one it should be|could not prove who it is/, 'not-trusted'],
  [/\(ECONNREFUSED\)/, 'no-connection'],
  [/\((?:ENOTFOUND|EAI_AGAIN)\)/, 'no-such-host'],
  [/\((?:EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\)|connection took too long/, 'no-way-there'],
  [/fell silent|time limit was reached|broke off/, 'no-answer'],
  [/a redirect to|reply is not JSON|is not what is documented|the reply was 405\b/, 'not-the-platform'],
  [/the reply was (?:404|410)\b/, 'target-unknown'],
];

/** Statements that say little: the sentence beside them often tells why. */
const VAGUE: ReadonlySet<Symptom> = new Set([
  'input-refused',
  'not-started-in-time',
  'errand-broke',
  'failing',
  'start-in-doubt',
]);
/** Whatever may be the cause, these are to be decided on. */
const UNDECIDED: ReadonlySet<Symptom> = new Set(['errand-broke', 'start-in-doubt']);

/**
 * What is wrong, the cause first; empty where nothing is, or nothing is known of it.
 * @param trouble the last sentence of the timeline that speaks of trouble.
 */
export function symptomsOf({ fallout, error, heldBack }: AdvisedRun, trouble?: string): readonly Symptom[] {
  const stated =
    BY_REASON.get(fallout?.reason ?? '') ?? BY_CODE.get(error?.code ?? '') ?? BY_HOLD.get(heldBack?.why ?? '');
  if (stated !== undefined && !VAGUE.has(stated)) return [stated];
  const cause = symptomIn(error?.message) ?? symptomIn(trouble);
  if (cause === undefined) return stated === undefined ? [] : [stated];
  return stated !== undefined && UNDECIDED.has(stated) ? [cause, stated] : [cause];
}

function symptomIn(text: string | undefined): Symptom | undefined {
  return text === undefined ? undefined : BY_WORDS.find(([words]) => words.test(text))?.[1];
}

/** What to do now; undefined where nothing is wrong, or nothing is known to help. */
export function adviceOn(run: AdvisedRun, trouble?: string): string | undefined {
  const symptoms = symptomsOf(run, trouble);
  return symptoms.length === 0 ? undefined : symptoms.map((symptom) => ADVICE[symptom](run)).join(' ');
}
