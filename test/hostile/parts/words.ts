/** Status words: none ends a run but those that a platform documents. */
import { ProviderProtocolError } from '../../../lib/domain/errors.ts';
import { type RealReply, realReplies } from '../real-replies.ts';
import { otherText, pick, text, whole } from './material.ts';
import { type Part, promise } from './part.ts';

const replies = (await realReplies()).filter(({ variant }) => variant.polling !== undefined);
const bare = (word: string) => word.replaceAll(/[\s_-]/g, '').toLowerCase();

/** `<platform><word>` */
export const wordsPart: Part = {
  name: 'words',
  share: 1,
  make(random) {
    const platform = whole(random, replies.length);
    const known = pick(random, Object.keys(replies[platform]?.variant.polling?.words ?? { x: '' }));
    const ways = [
      () => known,
      () => known.toUpperCase(),
      () => ` ${known.split('').join(pick(random, ['', ' ', '_', '-']))}`,
      () => known + text(random),
      () => text(random) + known,
      () => otherText(random, known),
      () => known + known,
      () => text(random),
    ];
    return `${platform}${pick(random, ways)()}`;
  },
  async check(input) {
    const [reply, word] = [replies[Number(input[0] ?? 0)], input.slice(1)];
    if (reply === undefined) return;
    await checkWord(reply, word);
  },
};

async function checkWord({ read, text: good, word: usual, variant }: RealReply, word: string): Promise<void> {
  const body = good.replaceAll(JSON.stringify(usual), () => JSON.stringify(word));
  const seen = await read({ text: body }).catch((error: unknown) => {
    if (error instanceof ProviderProtocolError && word.trim() === '') return undefined;
    throw error;
  });
  const words = Object.entries(variant.polling?.words ?? {});
  const meaning = words.find(([known]) => bare(known) === bare(word))?.[1];
  if (seen === undefined) return;
  if (seen.kind === 'ended') {
    promise(seen.verdict.status === meaning, `"${word}" ends no run as ${seen.verdict.status}`);
    return;
  }
  promise(meaning === undefined || seen.kind === meaning, `"${word}" means ${meaning}`);
  promise(meaning !== undefined || (seen.kind === 'going' && seen.unknownWord === true), `"${word}" is not known`);
}
