import { describe, expect, it } from 'vitest';
import { parseLagBudget } from '../../lib/domain/lag-budget.ts';
import { checkConfig } from '../../lib/providers/config.ts';

describe('how late an end may be noticed', () => {
  it.each([
    ['5%', { share: 0.05 }],
    ['2.5 %', { share: 0.025 }],
    ['30s', { ms: 30_000 }],
    ['5% or 30s', { share: 0.05, ms: 30_000 }],
    ['30s or 5%', { share: 0.05, ms: 30_000 }],
    ['1h', { ms: 3_600_000 }],
  ])('is a share, a time or both: %s', (text, budget) => {
    expect(parseLagBudget(text)).toEqual(budget);
  });

  it.each([
    '',
    '0%',
    '100%',
    '-5%',
    '5',
    '5% or 10%',
    '30s or 1m',
    '5% and 30s',
    '10ms',
    '5% or 30s or 1m',
    'NaN%',
    'soon',
  ])('is nothing else: "%s"', (text) => {
    expect(parseLagBudget(text)).toBeUndefined();
  });
});

const config = (looks: object) => ({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: {
    onboard: {
      connection: 'acme',
      target: { publishedModuleId: 'kZ0d3l1uQ2a7Yw9xT5bR8g' },
      parameters: { size: { type: 'text' }, email: { type: 'email', sensitive: true } },
      looks,
    },
  },
});

describe('looks in the configuration', () => {
  it('are what code reads, with their defaults', () => {
    const { looks } = checkConfig(config({ noticeWithin: '5% or 30s', historyBy: 'size' })).flows.onboard ?? {};
    expect(looks).toEqual({ noticeWithin: { share: 0.05, ms: 30_000 }, historyBy: 'size', trustProgress: false });
  });

  it.each([
    [{ noticeWithin: 'soon' }, /flows\.onboard\.looks\.noticeWithin: expected a share, a duration or both/],
    [{ historyBy: 'nobody' }, /flows\.onboard\.looks\.historyBy: is not one of the parameters/],
    [{ historyBy: 'email' }, /flows\.onboard\.looks\.historyBy: is sensitive/],
    [{ interval: '10s' }, /flows\.onboard\.looks/],
  ])('are refused by their path: %j', (looks, message) => {
    expect(() => checkConfig(config(looks))).toThrow(message);
  });
});
