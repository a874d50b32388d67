/** A door in front of the bucket: what passes is streamed, what does not is cut off or told to slow down. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export type S3Trouble = 'unreachable' | 'reply-lost' | 'slow-down';

export interface S3Door {
  readonly url: string;
  /** Where calls go; without it nothing is reachable. */
  target: string;
  /** Asked about each call. */
  trouble: () => S3Trouble | undefined;
  close(): Promise<void>;
}

const FREE_SOCKET_MS = 4_000;
const SLOW_DOWN =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>';

export async function openS3Door(): Promise<S3Door> {
  const agent = new Agent({ keepAlive: true, timeout: FREE_SOCKET_MS });
  const server = createServer((incoming, outgoing) => {
    const trouble = door.target === '' ? 'unreachable' : door.trouble();
    if (trouble === 'unreachable') return void outgoing.destroy();
    if (trouble === 'slow-down') {
      incoming.resume();
      return void outgoing.writeHead(503, { 'content-type': 'application/xml' }).end(SLOW_DOWN);
    }
    const { hostname, port } = new URL(door.target);
    // Headers stay as they are, the host among them: they are signed.
    const { url, method, headers } = incoming;
    const onward = request({ agent, hostname, port, path: url, method, headers }, (reply) => {
      if (trouble === 'reply-lost') {
        reply.resume();
        return void outgoing.destroy();
      }
      outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const door: S3Door = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    trouble: () => undefined,
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return door;
}
