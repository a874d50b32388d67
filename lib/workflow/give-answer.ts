/** Hands a person's answer to the platform, once: what it asks next is what the next look shows. */
import { ProviderRefusedError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import { createScrubber, type Scrubber, textsIn } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import type { ProviderSession } from '../providers/provider.ts';
import { heldBack, NOT_HELD } from './held-back.ts';
import { nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place } from './machine.ts';
import { noteCall } from './note-call.ts';
import { passageTo, turnsOf } from './passage.ts';
import { callPlatform, hintOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import type { TaskOptions } from './task.ts';
import { update } from './update.ts';
import { afterAnswer, limitOf } from './waiting.ts';
import { describe } from './words.ts';

/**
 * The answer leaves the record before the call: one whose reply is lost is not given a second time. If the platform has
 * not had it, it goes on asking, and so does the run.
 * @throws SecretUnavailableError with the answer still in the record.
 */
export async function giveAnswer(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  options: TaskOptions,
): Promise<MachineState> {
  const { answer, handle } = run;
  // Past the person's time limit it cannot wait for better times, only for its turn.
  const isLast = dependencies.clock.now() >= limitOf(run);
  const passage = await passageTo(dependencies, run, isLast ? 'stop' : 'start', options);
  const limitMs = isLast ? Number.POSITIVE_INFINITY : limitOf(run);
  // Kept in the record until the platform may be called again.
  if (!passage.ok) return heldBack(dependencies, place, run, passage, limitMs, lookAfter);
  const opened = await dependencies.connections.open(run, 'cached');
  const values = await dependencies.vault.openValues(run.id, answer?.sealed ?? '');
  // Before the answer leaves the record: from then on nothing of ours may keep it from the platform.
  const given = { turn: await turnsOf(dependencies, run, true) };
  const taking = { type: 'input', message: 'The answer is on its way to the platform.' } as const;
  const told = await update(dependencies, run, { ...NOT_HELD, answer: undefined }, taking);
  const give = async ({ answer: tell }: ProviderSession) =>
    tell === undefined || handle === undefined ? undefined : tell(handle, values, options);
  const answered = await callPlatform(dependencies, told, { kind: 'start', opened, given }, give);
  const called = { ...answered, scrubber: withAnswer(answered.scrubber, values) };
  await noteCall(dependencies, told, called, 'read');
  const askedMs = (called.ok ? called.value?.hints?.retryAfterMs : hintOf(called.error)) ?? 0;
  const now = dependencies.clock.now();
  const isRefused = !called.ok && called.error instanceof ProviderRefusedError;
  const limits = isRefused ? {} : afterAnswer(told, now);
  const waitMs = Math.max(0, Math.min(askedMs, limitOf({ ...told, ...limits }) - now));
  const look = waitMs > 0 ? nextLookPatch(now, { waitMs, why: 'retry-after' }) : { nextLookAt: isoTime(now) };
  const next = { ...limits, ...look };
  if (called.ok) {
    const event = { type: 'input', message: 'The platform took the answer.', data: { accepted: true } } as const;
    return lookAfter(place, await update(dependencies, told, next, event), waitMs, event.message);
  }
  const said = describe(called.scrubber, called.error);
  const message = isRefused
    ? `The platform refused the answer. ${said}`
    : `Whether the platform took the answer is not known; the next look shows what it asks. ${said}`;
  const event = { type: 'input', message, data: { accepted: false, refused: isRefused } } as const;
  return lookAfter(place, await update(dependencies, told, next, event), waitMs, message);
}

/** What a person answered is sealed, and platforms like to repeat what they refuse. */
function withAnswer(scrubber: Scrubber, values: JsonObject): Scrubber {
  const answered = createScrubber(textsIn(values));
  return {
    text: (text) => scrubber.text(answered.text(text)),
    json: (value) => scrubber.json(answered.json(value)),
    isTold: (id) => answered.isTold(id) || scrubber.isTold(id),
  };
}
