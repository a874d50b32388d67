/** What each state of the machine does, for whoever points at it. Pure. */
import { STATES } from '../../contract.ts';

const WORDS: Readonly<Record<string, string>> = {
  [STATES.howBegun]: 'Was it begun for a run that is recorded, or by a person with what a run is made of?',
  [STATES.accept]: 'Makes a run of what a person typed in.',
  [STATES.notAccepted]: 'What was typed in made no run.',
  [STATES.start]: 'Starts the job at the platform, at most once in an attempt.',
  [STATES.whatNext]: 'Goes where the task before it said.',
  [STATES.unknownNext]: 'A word that this machine does not know: settled below.',
  [STATES.waitToPoll]: 'Waits until the next look; this costs nothing.',
  [STATES.poll]: 'Looks at the job, and decides when to look again. Looks that follow soon are made in the same visit.',
  [STATES.fetchOutput]: 'Fetches and keeps what the job brought back.',
  [STATES.coolOff]: 'Waits before it is tried again.',
  [STATES.releaseSlot]: 'Gives the slot at the platform to whoever is next in line.',
  [STATES.parked]: 'Waits in line without an execution; its turn begins another.',
  [STATES.rollOver]: 'Begins a fresh execution, because this one is long enough.',
  [STATES.rolledOver]: 'A fresh execution carries the run on.',
  [STATES.settle]: 'Ends the run with what is known, when a task cannot go on.',
  [STATES.settled]: 'How was it settled?',
  [STATES.succeeded]: 'The end, and a good one.',
  [STATES.failed]: 'The end, and not a good one; the run says why.',
};

export function stateWords(id: string): string | undefined {
  return WORDS[id];
}

/** `WaitToPoll` as `Wait to poll`. */
export function stateName(id: string): string {
  const words = id.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of these a lap more may have been than the timeline tells. */
const OF_A_LAP: readonly string[] = [STATES.whatNext, STATES.waitToPoll, STATES.poll];

/** Whether a state was entered as often as is counted, or more often. */
export function isCounted(id: string, { isLowerBound }: { readonly isLowerBound: boolean }): boolean {
  return !isLowerBound || !OF_A_LAP.includes(id);
}

/** `once`, `3 times`, `at least 3 times`. */
export function timesWords(count: number, isExact: boolean): string {
  const times = count === 1 ? 'once' : `${count} times`;
  return isExact ? times : `at least ${times}`;
}
