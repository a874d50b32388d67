/** One run of one flow against one platform behind one door: the use cases, the provider and its client are the real ones. */
import { createHash } from 'node:crypto';
import type { HttpClient } from '../../lib/http/http-client.ts';
import type { ProviderOutput, ProviderSession } from '../../lib/providers/provider.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { createWorld, type World } from '../helpers/world.ts';
import type { Certificate } from '../http/servers.ts';
import { type Door, openDoor } from './door.ts';
import type { WireFault } from './faults.ts';
import { configOf, type Operation, secretsOf, type WirePlatform } from './platforms.ts';
import { openSession, witnessed, witnessOf } from './sessions.ts';

export interface Rig extends AsyncDisposable {
  readonly world: World;
  readonly door: Door;
  /** What the platform has taken. */
  starts(): number;
  /** What calls of the provider were rejected with. */
  readonly errors: Error[];
  /** Hashes of the files that were read to their end. */
  readonly kept: string[];
  /** When the use case at work has to end. */
  readonly moment: { signal: AbortSignal };
  /** Calls of the provider so far. */
  readonly calls: () => number;
  /** A client without any connection; from here on it is the one in use. */
  reconnect(trusted?: readonly Certificate[]): HttpClient;
}

export interface RigOptions {
  readonly platform: WirePlatform;
  readonly fault: WireFault;
  readonly operation: Operation;
  readonly turn: number;
}

export async function openRig({ platform, fault, operation, turn }: RigOptions): Promise<Rig> {
  const errors: Error[] = [];
  const kept: string[] = [];
  let calls = 0;
  const moment = { signal: AbortSignal.abort() };
  const simulated = platform.create({
    now: () => world.now(),
    advance: (ms) => world.advance(ms),
  });
  const simulator = await serveSimulator(simulated, { now: () => world.now() });
  const meant = platform.requests[operation];
  const isMeant = (line: string) => meant?.test(line) === true;
  const door = await openDoor({ platform: simulator.origin, fault, turn, isMeant });

  const witness = witnessOf(errors, () => {
    calls += 1;
  });
  let session: ProviderSession;
  const reconnect = (trusted: readonly Certificate[] = ['localhost']): HttpClient => {
    const opened = openSession(platform, door.origin, trusted);
    session = witnessed(opened.session, witness);
    return opened.http;
  };
  reconnect();
  const world = createWorld({
    get session() {
      return session;
    },
    config: configOf(platform),
    open: () => ({ session, secrets: secretsOf(platform), version: '1' }),
    store: (output) => witness(() => keep(output, kept, moment.signal)),
  });

  return {
    world,
    door,
    errors,
    kept,
    moment,
    calls: () => calls,
    reconnect,
    starts: () => simulated.jobs().length,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}

/** As the bucket: a file is there when its last byte was read, or it is not there. */
async function keep({ value, files }: ProviderOutput, kept: string[], signal: AbortSignal) {
  let bytes = 0;
  const stored = [];
  for (const { name, mediaType, open } of files) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of await open({ signal })) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
    const sha256 = hash.digest('hex');
    kept.push(sha256);
    bytes += size;
    stored.push({ name, mediaType, bytes: size, sha256, key: sha256 });
  }
  return { ...(value === undefined ? {} : { value }), files: stored, bytes };
}
