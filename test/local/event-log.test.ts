import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EventLog, type EventLogOptions, openEventLog } from '../../lib/local/event-log.ts';
import { busEvent } from './helpers/bus-event.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

function log(directory = temporaryDirectory(), options: EventLogOptions = {}) {
  const events = openEventLog(directory, options);
  onTestFinished(() => events.close());
  return { events, directory, path: join(directory, 'events.ndjson') };
}

const idsIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).id);

/** The next so many ids that a follower is given. */
async function idsAfter(events: EventLog, afterId: string | undefined, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  if (count === 0) return ids;
  for await (const { id } of events.follow(afterId, new AbortController().signal)) {
    if (ids.push(id) === count) break;
  }
  return ids;
}

describe('the log of events', () => {
  it('holds each event in a line of its own, for nobody else to read', () => {
    const { events, path } = log();
    expect(events.append([busEvent('a-1'), busEvent('a-2')])).toBe(2);
    expect(idsIn(path)).toEqual(['a-1', 'a-2']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes an event once, also when it comes again after a restart', async () => {
    const { events, directory, path } = log();
    expect(events.append([busEvent('a-1'), busEvent('a-1')])).toBe(1);
    expect(events.append([busEvent('a-1')])).toBe(0);
    await events.close();
    const again = log(directory).events;
    expect(again.append([busEvent('a-1'), busEvent('a-2')])).toBe(1);
    expect(idsIn(path)).toEqual(['a-1', 'a-2']);
  });

  it('drops the half line that a killed process left, so that the next one is whole', async () => {
    const { events, directory, path } = log();
    events.append([busEvent('a-1')]);
    await events.close();
    appendFileSync(path, JSON.stringify(busEvent('a-2')).slice(0, 40));
    const again = log(directory).events;
    again.append([busEvent('a-2')]);
    expect(idsIn(path)).toEqual(['a-1', 'a-2']);
    await again.close();
    writeFileSync(path, 'x'.repeat(200_000));
    log(directory).events.append([busEvent('a-3')]);
    expect(idsIn(path)).toEqual(['a-3']);
  });

  it('gives a follower what came after the event it had, and what is to come', async () => {
    const { events } = log();
    events.append([busEvent('a-1'), busEvent('a-2'), busEvent('a-3')]);
    const following = idsAfter(events, 'a-1', 4);
    events.append([busEvent('a-4')]);
    await endOfTurn();
    events.append([busEvent('a-5')]);
    expect(await following).toEqual(['a-2', 'a-3', 'a-4', 'a-5']);
  });

  it('gives a follower without an id what is to come, and one with an unknown id everything', async () => {
    const { events } = log();
    events.append([busEvent('a-1'), busEvent('a-2')]);
    const fresh = idsAfter(events, undefined, 1);
    events.append([busEvent('a-3')]);
    expect(await fresh).toEqual(['a-3']);
    expect(await idsAfter(events, '0', 3)).toEqual(['a-1', 'a-2', 'a-3']);
  });

  it('begins a new file in time and keeps the one before; followers go on without a gap', async () => {
    const { events, path } = log(undefined, { maxBytes: 1_000 });
    const following = idsAfter(events, '0', 40);
    for (let n = 1; n <= 40; n += 1) {
      events.append([busEvent(`a-${n}`)]);
      await endOfTurn();
    }
    expect(await following).toEqual(Array.from({ length: 40 }, (_, n) => `a-${n + 1}`));
    const kept = [...idsIn(`${path}.1`), ...idsIn(path)];
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, n) => `a-${41 - kept.length + n}`));
    expect(statSync(`${path}.1`).size).toBeGreaterThan(1_000);
    expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.new`)).toBe(false);
    expect(await idsAfter(events, kept[0], kept.length - 1)).toEqual(kept.slice(1));
  });

  it('reads lines that are longer than what is read at once', async () => {
    const { events } = log();
    const long = { ...busEvent('a-1'), detail: { flowId: 'plan', text: 'ü'.repeat(100_000) } };
    events.append([long, busEvent('a-2')]);
    expect(await idsAfter(events, '0', 2)).toEqual(['a-1', 'a-2']);
    expect(await idsAfter(events, 'a-1', 1)).toEqual(['a-2']);
  });

  it('ends its followers when they or it are done', async () => {
    const { events } = log();
    const end = new AbortController();
    const first = events.follow(undefined, end.signal)[Symbol.asyncIterator]().next();
    const second = events.follow('0', new AbortController().signal)[Symbol.asyncIterator]().next();
    end.abort();
    expect(await first).toMatchObject({ done: true });
    await events.close();
    expect(await second).toMatchObject({ done: true });
  });

  it('bears a file that somebody has emptied or edited', async () => {
    const { events, path } = log();
    events.append([busEvent('a-1'), busEvent('a-2')]);
    const following = idsAfter(events, undefined, 2);
    truncateSync(path, 0);
    appendFileSync(path, 'not JSON\n');
    events.append([busEvent('a-3')]);
    await endOfTurn();
    events.append([busEvent('a-4')]);
    expect(await following).toEqual(['a-3', 'a-4']);
  });
});
