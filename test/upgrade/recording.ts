/** What a released version has left to its successors, as files in `recorded/<version>/`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RecordedCall } from './host.ts';
import type { Exchange } from './recorded-platforms.ts';

export interface Release {
  readonly version: string;
  /** Its place among the versions; the first is 1. */
  readonly order: number;
  /** Of the sources that were recorded. */
  readonly commit: string;
  readonly recordedAt: string;
  /** Root of all keys in the recording. Made for it alone; nothing else was ever sealed with it. */
  readonly testRootKey: string;
  /** With every scope in the recorded table, and nowhere else. */
  readonly testApiKey: string;
  readonly calls: number;
  readonly items: number;
}

export interface Recording {
  readonly release: Release;
  /** In their order. */
  readonly calls: readonly RecordedCall[];
  /** Items of the table, one that changed as often as it was seen; the last is the newest. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly exchanges: readonly Exchange[];
  /** Where executions were when the process ended: the checkpoint of each, by name. */
  readonly checkpoints: readonly Readonly<Record<string, unknown>>[];
}

const FOLDER = join(import.meta.dirname, 'recorded');
const PARTS = ['calls', 'items', 'exchanges', 'checkpoints'] as const;

const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

function fromLines(text: string): readonly never[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as never);
}

const readRelease = (version: string) =>
  JSON.parse(readFileSync(join(FOLDER, version, 'release.json'), 'utf8')) as Release;

/** The versions that have left something, oldest first. */
export function recordedReleases(): readonly Release[] {
  return readdirSync(FOLDER)
    .map(readRelease)
    .sort((a, b) => a.order - b.order);
}

export function readRecording(version: string): Recording {
  const folder = join(FOLDER, version);
  const read = (part: string) => fromLines(gunzipSync(readFileSync(join(folder, `${part}.ndjson.gz`))).toString());
  return {
    release: readRelease(version),
    calls: read('calls'),
    items: read('items'),
    exchanges: read('exchanges'),
    checkpoints: read('checkpoints'),
  };
}

/** @returns how many bytes it takes. */
export function writeRecording({ release, ...parts }: Recording): number {
  const folder = join(FOLDER, release.version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
  let bytes = 0;
  for (const part of PARTS) {
    const packed = gzipSync(toLines(parts[part]), { level: 9 });
    writeFileSync(join(folder, `${part}.ndjson.gz`), packed);
    bytes += packed.length;
  }
  return bytes;
}
