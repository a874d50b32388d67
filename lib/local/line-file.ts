/** A private file of lines that only grows. Everything here is done in one turn, so nobody sees half of a change. */
import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { makePrivate, PRIVATE_FILE } from './private-files.ts';

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/** Opens for reading and appending, creating the file where there is none. */
export function openLineFile(path: string): number {
  const file = openSync(path, 'a+', PRIVATE_FILE);
  makePrivate(path);
  return file;
}

function readChunk(file: number, from: number, to: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from));
}

/** Removes the half line that a killed process may have left; says how large the file is then. */
export function dropHalfLine(file: number): number {
  const { size } = fstatSync(file);
  for (let to = size; to > 0; to -= CHUNK_BYTES) {
    const from = Math.max(0, to - CHUNK_BYTES);
    const whole = from + readChunk(file, from, to).lastIndexOf(NEWLINE) + 1;
    if (whole === from) continue;
    if (whole < size) ftruncateSync(file, whole);
    return whole;
  }
  ftruncateSync(file, 0);
  return 0;
}

/** The last lines; the first of them may be cut off. */
export function lastLines(file: number, bytes: number): readonly string[] {
  const { size } = fstatSync(file);
  const text = readChunk(file, Math.max(0, size - bytes), size).toString();
  return text.split('\n').filter((line) => line !== '');
}

/** Appends at `size`; says how large the file is then. @throws Error of the file system, with the file as it was. */
export function appendText(file: number, size: number, text: string): number {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    return size + bytes.length;
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}

/** Whole lines from an offset on, each with the offset after it; `end` is asked again after each piece. */
export async function* linesFrom(
  file: number,
  from: number,
  end: () => number,
): AsyncGenerator<readonly [line: string, offset: number]> {
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
  while (offset + rest.length < end()) {
    const at = offset + rest.length;
    const read = readChunk(file, at, Math.min(at + CHUNK_BYTES, end()));
    // Somebody has cut the file.
    if (read.length === 0) return;
    const chunk = Buffer.concat([rest, read]);
    let begin = 0;
    for (let stop = chunk.indexOf(NEWLINE); stop >= 0; stop = chunk.indexOf(NEWLINE, begin)) {
      const line = chunk.toString('utf8', begin, stop);
      offset += stop + 1 - begin;
      begin = stop + 1;
      yield [line, offset];
    }
    rest = chunk.subarray(begin);
    // A long file is read beside everything else that goes on.
    await endOfTurn();
  }
}

export function sizeOf(file: number): number {
  return fstatSync(file).size;
}
