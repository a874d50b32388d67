import { describe, expect, it } from 'vitest';
import { cronWords, MISSED_WORDS, OVERLAP_WORDS } from '../../lib/console/model/cron-words.ts';
import { flowSchema } from '../../lib/domain/config.ts';

describe('a schedule in words', () => {
  it.each([
    ['0 6 * * MON-FRI', 'Monday to Friday at 06:00'],
    ['0 6 * * 1-5', 'Monday to Friday at 06:00'],
    ['30 2 1 * *', 'on day 1 of each month at 02:30'],
    ['0 0 L * *', 'on the last day of each month at 00:00'],
    ['15 8,12,16 * * *', 'every day at 08:15, 12:15 and 16:15'],
    ['*/15 * * * *', 'every 15 minutes'],
    ['* * * * *', 'every minute'],
    ['5 * * * *', 'every hour at 05 past'],
    ['0 */6 * * *', 'every 6 hours at 00 past'],
    ['*/10 8-17 * * MON,WED', 'Monday and Wednesday every 10 minutes from 08:00 to 17:59'],
    ['30 8-17 * * *', 'every hour from 08:30 to 17:30'],
    ['0 9 1,15 * *', 'on days 1 and 15 of each month at 09:00'],
    ['0 9 1 JAN,JUL *', 'on day 1 of January and July at 09:00'],
    ['0 9 * 12 SUN', 'Sunday in December at 09:00'],
    ['0 9 * * 7', 'Sunday at 09:00'],
  ])('%s: %s', (cron, words) => {
    expect(cronWords(cron)).toBe(words);
  });

  it.each(['0 0/7 * * *', '5,10,15 3 * * *', '0 9 */2 * *', '0 1,2,3,4,5 * * *', '*/5 1,2 * * *', 'nonsense'])(
    'shows "%s" as it is rather than half of what it means',
    (cron) => {
      expect(cronWords(cron)).toBe(`by the pattern ${cron}`);
    },
  );
});

describe('what a schedule does with slots that overlap or were missed', () => {
  it('has words for every setting that there is', () => {
    const { overlap, missed } = flowSchema.shape.schedule.unwrap().shape;
    expect(Object.keys(OVERLAP_WORDS)).toEqual(overlap.unwrap().options);
    expect(Object.keys(MISSED_WORDS)).toEqual(missed.unwrap().options);
  });
});
