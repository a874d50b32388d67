/** What happens to one request and its reply on the wire. */
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { constants, createBrotliCompress, gzipSync } from 'node:zlib';
import type { Line } from './line.ts';
import { bodyOf, headOf, reframed } from './message.ts';

/** A request that arrived whole, in the hands of a toxic. */
export interface Struck {
  readonly client: Line;
  /** Hands the request to the platform, perhaps in pieces, and gives its whole reply. */
  ask(pieces?: number): Promise<Buffer>;
  /** Writes a reply and ends the connection where the client asked for that. */
  deliver(reply: Buffer): Promise<void>;
  /** Another host, which counts who comes; opened when it is asked for. */
  elsewhere(): Promise<string>;
  /** Which repeat of the cell it is: toxics strike at other places in other repeats. */
  readonly turn: number;
}

export type Toxic = (struck: Struck) => Promise<void>;

const pick = <Item>(items: readonly [Item, ...Item[]], turn: number): Item => items[turn % items.length] ?? items[0];

const latency: Toxic = async ({ client, ask, deliver, turn }) => {
  const reply = await ask();
  await client.wait(pick([150, 50, 300], turn));
  await deliver(reply);
};

/** So slow that a reply of twenty bytes takes longer than any limit, and never silent for as long as the idle limit. */
const bandwidth: Toxic = async ({ client, ask }) => {
  const reply = await ask();
  await client.write(headOf(reply));
  for (const byte of bodyOf(reply)) if (!(await client.wait(200)) || !(await client.write(Uint8Array.of(byte)))) return;
};

const slowClose: Toxic = async ({ client, ask }) => {
  await client.write(await ask());
  await client.wait(10_000);
  client.end();
};

/** The platform has acted, or never heard of it: the client cannot know. */
const timeout: Toxic = async ({ ask, turn }) => {
  if (turn % 2 === 0) await ask();
};

const resetPeer: Toxic = async ({ client, ask, turn }) => {
  const place = pick(['after', 'before', 'within'], turn);
  const reply = place === 'before' ? undefined : await ask();
  if (place === 'within' && reply !== undefined) await client.write(reply.subarray(0, reply.length / 2));
  client.reset();
};

/** Small pieces are no reason for a slow reply: what is left after a while goes at once. */
const SLICING_MS = 500;

const slicer: Toxic = async ({ client, ask, deliver, turn }) => {
  const pieces = pick([24, 12, 40], turn);
  const reply = await ask(pieces);
  const size = Math.max(1, Math.ceil(reply.length / pieces));
  const until = performance.now() + SLICING_MS;
  let at = 0;
  for (; at + size < reply.length && performance.now() < until; at += size) {
    await client.write(reply.subarray(at, at + size));
    await client.wait(1);
  }
  await deliver(reply.subarray(at));
};

const limitData: Toxic = async ({ client, ask, turn }) => {
  const reply = await ask();
  const head = headOf(reply).length;
  const body = reply.length - head;
  const bytes = pick([head + body / 2, head / 2, reply.length - 1, head, head + 1], turn);
  await client.write(reply.subarray(0, bytes));
  client.end();
};

const headerDrip: Toxic = async ({ client, ask, turn }) => {
  if (turn % 2 === 0) await ask();
  await client.write('HTTP/1.1 200 OK\r\n');
  for (let at = 0; await client.wait(100); at += 1) await client.write(`x-drip-${at}: x\r\n`);
};

const endlessChunked: Toxic = async ({ client, ask }) => {
  await client.write(reframed(await ask(), ['transfer-encoding: chunked']));
  const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
  while (await client.write(chunk)) await client.wait(0);
};

const wrongLength: Toxic = async ({ client, ask, turn }) => {
  const reply = await ask();
  const { length } = bodyOf(reply);
  const told = pick([[length + 1], [length, length - 1], [`-${length}`]], turn);
  const headers = told.map((bytes) => `content-length: ${bytes}`);
  await client.write(Buffer.concat([Buffer.from(reframed(reply, headers)), bodyOf(reply)]));
  client.end();
};

/** Nothing in the reply says how long it is, as an old proxy sends it, and it ends too soon. */
const earlyFin: Toxic = async ({ client, ask, turn }) => {
  const reply = await ask();
  const body = bodyOf(reply);
  await client.write(reframed(reply, ['connection: close']));
  await client.write(body.subarray(0, pick([body.length / 2, body.length - 1, 1], turn)));
  // What is written must have left before the line is cut.
  await client.wait(30);
  if (turn % 2 === 0) client.end();
  else client.cut();
};

const largeHeader: Toxic = async ({ client, ask }) => {
  const reply = await ask();
  const headers = [`content-length: ${bodyOf(reply).length}`, `x-padding: ${'x'.repeat(65_536)}`];
  await client.write(Buffer.concat([Buffer.from(reframed(reply, headers)), bodyOf(reply)]));
};

const GARBAGE = [
  Buffer.from('220 mail.example ESMTP ready\r\n'),
  Buffer.from(Uint8Array.from({ length: 512 }, (_, at) => (at * 37 + 128) % 256)),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
] as const;

const garbageProtocol: Toxic = async ({ client, ask, turn }) => {
  if (turn % 2 === 0) await ask();
  await client.write(pick(GARBAGE, turn));
  client.end();
};

const BOMB_MEGABYTES = 200;
const MEGABYTE = new Uint8Array(1_048_576);

let gzipped: Buffer | undefined;
/** Members may follow each other, so one megabyte is packed and repeated. */
function gzipBytes(): Promise<Buffer> {
  gzipped ??= Buffer.concat(Array<Buffer>(BOMB_MEGABYTES).fill(gzipSync(MEGABYTE)));
  return Promise.resolve(gzipped);
}

let brotlied: Promise<Buffer> | undefined;
function brotliBytes(): Promise<Buffer> {
  brotlied ??= (async () => {
    const packer = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    const packed = buffer(packer);
    for (let at = 0; at < BOMB_MEGABYTES; at += 1) if (!packer.write(MEGABYTE)) await once(packer, 'drain');
    packer.end();
    return packed;
  })();
  return brotlied;
}

const bomb =
  (encoding: string, bytes: () => Promise<Buffer>): Toxic =>
  async ({ client, ask, deliver }) => {
    const packed = await bytes();
    const head = reframed(await ask(), [`content-encoding: ${encoding}`, `content-length: ${packed.length}`]);
    if (client.isOpen) await deliver(Buffer.concat([Buffer.from(head), packed]));
  };

/** A reply that is whole, but elsewhere: whoever follows takes the key there, and with 307 and 308 the body. */
const redirect: Toxic = async ({ ask, deliver, elsewhere, turn }) => {
  if (turn % 2 === 1) await ask();
  const status = pick([307, 302, 308, 301, 303], turn);
  await deliver(
    Buffer.from(`HTTP/1.1 ${status} Moved\r\nlocation: ${await elsewhere()}/taken\r\ncontent-length: 0\r\n\r\n`),
  );
};

export const TOXICS = {
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  headerDrip,
  endlessChunked,
  wrongLength,
  earlyFin,
  largeHeader,
  garbageProtocol,
  gzipBomb: bomb('gzip', gzipBytes),
  brotliBomb: bomb('br', brotliBytes),
  redirect,
} as const satisfies Readonly<Record<string, Toxic>>;
