/** The plainest client there is, so that a figure of the door is a figure of the door. */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Milliseconds until the whole reply was there. @throws Error for another status than the wanted one. */
export function timed(url: string, wanted: number, { method, headers, body }: Asked): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => {
        if (reply.statusCode === wanted) resolve(performance.now() - begin);
        else reject(new Error(`${method} ${url}: ${reply.statusCode} ${Buffer.concat(chunks).toString()}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
