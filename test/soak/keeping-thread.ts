/** A thread that keeps some 30 MB of objects and as much in buffers, and lets go of them. It knows nothing of collections. */
import { parentPort } from 'node:worker_threads';

const OBJECTS = 300_000;
const BUFFERS = 30;
const MEBIBYTE = 1_048_576;
let kept: readonly object[] = [];

parentPort?.on('message', (order: 'keep' | 'let go') => {
  const objects = () => Array.from({ length: OBJECTS }, (_, nth) => ({ nth, text: `object ${nth}` }));
  const buffers = () => Array.from({ length: BUFFERS }, () => Buffer.alloc(MEBIBYTE, 'x'));
  kept = order === 'keep' ? [...objects(), ...buffers()] : [];
  parentPort?.postMessage(kept.length);
});
parentPort?.postMessage('ready');
