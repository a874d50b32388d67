import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createActivity } from '../../lib/local/activity.ts';

it('is idle only when the last of several things has ended, however it ended', async () => {
  const activity = createActivity();
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const works = [activity.run(() => one.promise), activity.run(() => two.promise)];
  let isIdle = false;
  const idle = activity.idle().then(() => {
    isIdle = true;
  });
  expect(activity.count()).toBe(2);
  one.resolve();
  await sleep(5);
  expect([activity.count(), isIdle]).toEqual([1, false]);
  two.reject(new Error('broken'));
  await Promise.allSettled(works);
  await idle;
  expect(activity.count()).toBe(0);
});

it('is not idle between two things of which one starts the other', async () => {
  const activity = createActivity();
  const ended: string[] = [];
  const work = async (name: string) => {
    await sleep(5);
    ended.push(name);
  };
  void activity.run(() => work('first')).then(() => activity.run(() => work('second')));
  await activity.idle();
  expect(ended).toEqual(['first', 'second']);
});

it('is idle while what goes on only waits for its time, and not once that has come', async () => {
  const activity = createActivity();
  const [time, work] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const all = activity.run(async () => {
    await activity.rest(() => time.promise);
    await work.promise;
  });
  await activity.idle();
  expect(activity.count()).toBe(0);
  time.resolve();
  let isIdle = false;
  const idle = activity.idle().then(() => {
    isIdle = true;
  });
  await sleep(5);
  expect([activity.count(), isIdle]).toEqual([1, false]);
  work.resolve();
  await all;
  await idle;
});
