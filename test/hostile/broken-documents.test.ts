import { describe, expect, it } from 'vitest';
import { ProviderProtocolError, ReplyLostError } from '../../lib/domain/errors.ts';
import { seed, seeded } from '../helpers/random.ts';
import { shapeBreaks, TEXT_BREAKS } from './mutations.ts';
import { type RealReply, realReplies } from './real-replies.ts';

/** Ways that chance has a part in are gone so often. */
const TIMES = 60;
const replies = await realReplies();

/** What somebody would believe of a run because of a reply that says nothing of it. */
async function beliefOf({ read }: RealReply, text: string): Promise<string | undefined> {
  try {
    const seen = await read({ text });
    if (seen.kind === 'going' || seen.kind === 'waiting') return undefined;
    // A person decides where the start is the only call and took something that nobody can read.
    const isFallout = seen.kind === 'ended' && seen.verdict.status === 'FALLOUT';
    return isFallout ? undefined : JSON.stringify(seen);
  } catch (error) {
    if (error instanceof ReplyLostError || error instanceof ProviderProtocolError) return undefined;
    return `a crash: ${error}`;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a reply of a simulated platform', () => {
  it.each(replies)('says how the run ended: $name', async ({ read, text }) => {
    expect(await read({ text })).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
  });

  it.each(replies)(`that is broken says nothing, in more than 200 ways (seed ${seed}): $name`, async (reply) => {
    const random = seeded(seed);
    // PhixFlow's endpoints may answer with a boolean in place of the word.
    const booleans = !reply.name.startsWith('phixflow');
    const shapes = Object.entries(shapeBreaks(reply.word, booleans));
    const texts = Object.entries(TEXT_BREAKS);
    const broken = [...shapes, ...texts]
      .flatMap((way) => (way[1].length < 2 ? [way] : Array.from({ length: TIMES }, () => way)))
      .map(([name, apply]) => [name, apply(reply.text, random) ?? ''] as const)
      .filter(([name, text]) => !(name in TEXT_BREAKS) || name.startsWith('deeper') || !isJson(text));
    expect(new Set(broken.map(([, text]) => text)).size).toBeGreaterThanOrEqual(200);
    const believed: unknown[] = [];
    let slowest = { name: '', ms: 0 };
    for (const [name, text] of broken) {
      const begun = process.cpuUsage();
      const belief = await beliefOf(reply, text);
      const { user } = process.cpuUsage(begun);
      if (user / 1_000 > slowest.ms) slowest = { name, ms: user / 1_000 };
      if (belief !== undefined) believed.push([name, text.slice(0, 300), belief.slice(0, 300)]);
    }
    expect(believed).toEqual([]);
    expect(slowest.ms, slowest.name).toBeLessThan(1_000);
  });
});
