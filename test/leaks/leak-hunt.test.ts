import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENCODINGS } from './encodings.ts';
import { PLACEMENTS } from './placements.ts';
import { type Planted, plant } from './plants.ts';
import { type Played, play } from './play.ts';
import { createHunt, type Finding, type Hunt } from './search.ts';
import { DIRECTORY_SINK, LIVE_SINKS } from './sinks.ts';

const cleanUps: (() => Promise<void>)[] = [];
const cleanUp = (task: () => Promise<void>) => void cleanUps.unshift(task);
let played: Played;
let planted: Planted;
let hunt: Hunt;
const found = new Map<string, readonly Finding[]>();

const SINKS = [...LIVE_SINKS, DIRECTORY_SINK].map(({ name }) => name);

beforeAll(async () => {
  played = await play(cleanUp);
  const { errand, canaries } = played;
  const own = ['root-key', 'event-key'].map((name) => [name, readFileSync(join(errand.dataDir, name), 'utf8').trim()]);
  hunt = createHunt({ ...canaries, ...Object.fromEntries(own) });
  const said = { refusals: [...played.refusals], thrown: [...played.thrown] };
  planted = await plant({ ...played, ...said });
  await errand.advance(1_000);
  const scene = { ...played, ...said, cleanUp };
  for (const sink of LIVE_SINKS) found.set(sink.name, await sink.read(scene));
  await errand.runtime.close();
  found.set(DIRECTORY_SINK.name, await DIRECTORY_SINK.read(scene));
}, 240_000);

afterAll(async () => {
  for (const task of cleanUps) await task();
});

it('plays at least forty placements in all eight spellings', () => {
  expect(PLACEMENTS.length).toBeGreaterThanOrEqual(40);
  expect(ENCODINGS.length).toBe(8);
  expect(new Set(PLACEMENTS.map(({ id }) => id)).size).toBe(PLACEMENTS.length);
});

it('sees every run end as it must, so that the platform’s words came as far as they can', () => {
  const wrong = PLACEMENTS.flatMap(({ id, ends }) => {
    const status = played.runs.get(id)?.status;
    return status !== undefined && [ends].flat().includes(status) ? [] : [`${id}: ${status}`];
  });
  expect(wrong).toEqual([]);
});

describe('a leak that is planted in each of eight spellings is found in', () => {
  it.each(SINKS)('%s', (name) => {
    const leaks = createHunt(planted.get(name) ?? {}).leaks(found.get(name) ?? []);
    expect(ENCODINGS.filter((encoding) => !leaks.some((leak) => leak.startsWith(`${encoding} as`)))).toEqual([]);
  });
});

describe('no key, token or sensitive value, in whatever spelling, is in', () => {
  it.each(SINKS)('%s', (name) => {
    expect(found.get(name)?.length).toBeGreaterThan(0);
    expect(hunt.leaks(found.get(name) ?? [])).toEqual([]);
  });
});
