/** JSON as platforms might send it, through the client's parser and the eyes of all five providers. */
import { ProviderCallError } from '../../../lib/domain/errors.ts';
import { parseJson } from '../../../lib/http/json.ts';
import { type RealReply, realReplies } from '../real-replies.ts';
import { json, otherText, otherValues, pick, whole } from './material.ts';
import { type Part, promise, type Random, refusal } from './part.ts';

const STATUSES = [200, 200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 408, 410, 422, 429, 500, 503];
const replies = await realReplies();

/** As a person would compare two words. */
const bare = (word: string) => word.replaceAll(/[\s_-]/g, '').toLowerCase();

/** `<platform><status>|<body>` */
export const repliesPart: Part = {
  name: 'json',
  share: 1,
  make(random) {
    const platform = whole(random, replies.length);
    return `${platform}${pick(random, STATUSES)}|${bodyOf(random, replies[platform]?.text ?? '')}`;
  },
  async check(input) {
    const [head = '', ...rest] = input.split('|');
    const [reply, status, body] = [replies[Number(head[0] ?? 0)], Number(head.slice(1)), rest.join('|')];
    checkParser(body);
    if (reply === undefined || !(status >= 200 && status <= 599)) return;
    const seen = await reply.read({ text: body, status }).catch((error: unknown) => {
      if (error instanceof ProviderCallError) return undefined;
      throw error;
    });
    if (seen?.kind === 'ended' && seen.verdict.status !== 'FALLOUT') checkEnd(reply, seen.verdict, body);
    promise(JSON.stringify(seen)?.includes('"__proto__":') !== true, 'a name that reaches a prototype goes on');
  },
};

function bodyOf(random: Random, good: string): string {
  const chance = random();
  if (chance < 0.15) return json(random);
  if (chance < 0.5) return otherValues(random, good);
  if (chance < 0.9) return otherText(random, good);
  return otherText(random, json(random));
}

function checkParser(body: string): void {
  let value: unknown;
  const refused = refusal(() => {
    value = parseJson(body);
  }, ['SyntaxError']);
  if (refused !== undefined) {
    promise(refused.message === 'The text is not JSON', 'a refusal quotes what it refuses');
    return;
  }
  const usual: unknown = JSON.parse(body);
  // Where nothing is dropped and no digit would be lost, it is the usual parser.
  if (!/__proto__|constructor|\\u|\d{16}|[eE]\+?\d{3}/.test(body))
    promise(JSON.stringify(value) === JSON.stringify(usual), 'JSON is read as it is');
  promise(({} as { polluted?: unknown }).polluted === undefined, 'no prototype is polluted');
}

/** A run has ended only where a word of the platform's own says so, in a document that is one. */
function checkEnd({ variant }: RealReply, verdict: { status: string; remoteStatus?: string }, body: string): void {
  const { polling } = variant;
  const { remoteStatus = '' } = verdict;
  promise(
    remoteStatus === '' || JSON.stringify(parseJson(body)).includes(JSON.stringify(remoteStatus).slice(1, -1)),
    'the word was said',
  );
  if (polling === undefined || remoteStatus === 'true' || remoteStatus === 'false') return;
  const known = Object.entries(polling.words).find(([word]) => bare(word) === bare(remoteStatus));
  promise(known !== undefined && known[1] !== 'going' && known[1] !== 'waiting', `"${remoteStatus}" ends no run`);
}
