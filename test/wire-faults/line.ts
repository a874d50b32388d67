/** The client's side of one connection, as a toxic handles it: every wait ends when the client has gone. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';

export interface Line {
  readonly isOpen: boolean;
  /** Resolves when the client can take more; false when it has gone. */
  write(bytes: Uint8Array | string): Promise<boolean>;
  /** False when the client has gone meanwhile. */
  wait(ms: number): Promise<boolean>;
  /** Ends in good order. */
  end(): void;
  /** FIN without TLS's own word of ending: what is left when a process in between dies. */
  cut(): void;
  /** RST. */
  reset(): void;
}

export function lineOf(socket: TLSSocket, raw: Socket): Line {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  const isOpen = () => !gone.signal.aborted && !socket.destroyed && socket.writable;
  return {
    get isOpen() {
      return isOpen();
    },
    async write(bytes) {
      if (!isOpen()) return false;
      if (!socket.write(bytes)) await once(socket, 'drain', { signal: gone.signal }).catch(() => undefined);
      return isOpen();
    },
    async wait(ms) {
      await sleep(ms, undefined, { signal: gone.signal }).catch(() => undefined);
      return isOpen();
    },
    end: () => void socket.end(),
    cut: () => void raw.destroy(),
    reset: () => void raw.resetAndDestroy(),
  };
}
