import { describe, expect, it, onTestFinished } from 'vitest';
import { readRecording, recordedReleases } from './recording.ts';
import { parseCall, replayAll } from './replay.ts';
import { fewOfEach, isAlone } from './scene.ts';

/** All of them are told again by `npm run upgrade`. */
const OF_EACH_SHAPE = 2;

describe.each(recordedReleases().map(({ version }) => version))('what %s was called with', (version) => {
  const recording = readRecording(version);

  it('is still understood, call by call', () => {
    expect(recording.calls.length).toBeGreaterThanOrEqual(500);
    for (const call of recording.calls) expect(() => parseCall(call)).not.toThrow();
  });

  it('leads the present functions to the same state, two calls of each shape', { timeout: 180_000 }, async () => {
    const alone = recording.calls.filter((call) => isAlone(call, recording.calls));
    const chosen = fewOfEach(alone, OF_EACH_SHAPE);
    expect(chosen.length).toBeGreaterThan(100);
    const { differences, unknownRequests } = await replayAll(recording, chosen, onTestFinished);
    expect(differences).toEqual([]);
    expect(unknownRequests).toEqual([]);
  });
});
