/** Reads each bomb in a process of its own, whose memory is its own; started by `bombs.test.ts`. */
import { createHttpClient } from '../../lib/http/create-http-client.ts';

export interface Survived {
  readonly name: string;
  /** Of `send`: the reply's text, or the name of the error. */
  readonly sent: string;
  /** Of `download`: the error, if any, and the bytes that had been given out by then. */
  readonly error: string;
  readonly seen: number;
  readonly grownBytes: number;
}

const [origin = '', ...names] = process.argv.slice(2);
const CAP = 262_144;
const TIMES = 3;
const client = createHttpClient({ baseUrl: origin });
const { signal } = new AbortController();
const requestOf = (name: string) => ({ method: 'GET', path: [name], limits: { maxBytes: CAP }, signal }) as const;
const nameOf = (error: unknown) => (error instanceof Error ? error.name : String(error));

async function survive(name: string): Promise<Survived> {
  const [rss, peak] = [process.memoryUsage.rss(), process.resourceUsage().maxRSS];
  let sent = '';
  for (let time = 0; time < TIMES; time += 1)
    sent = await client.send(requestOf(name)).then(({ text }) => text, nameOf);
  let seen = 0;
  let error = '';
  try {
    const { body } = await client.download(requestOf(name));
    for await (const chunk of body) seen += chunk.byteLength;
  } catch (thrown) {
    error = nameOf(thrown);
  }
  const grown = Math.max(process.memoryUsage.rss() - rss, (process.resourceUsage().maxRSS - peak) * 1_024);
  return { name, sent, error, seen, grownBytes: grown };
}

// The first calls load what all of them need.
for (let time = 0; time < 5; time += 1) await client.send(requestOf('warm'));
const survived: Survived[] = [];
for (const name of names) survived.push(await survive(name));
process.stdout.write(JSON.stringify(survived));
process.exit(0);
