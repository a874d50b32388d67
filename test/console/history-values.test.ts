import { describe, expect, it } from 'vitest';
import { seenValues, valueJson, valueText } from '../../lib/console/model/history-values.ts';

describe('values that durations depend on', () => {
  it('are those of past runs, the most frequent first', () => {
    const runs = ['north', 'south', 'south'].map((region) => ({ parameters: { region } }));
    expect(seenValues([...runs, { parameters: {} }], 'region').map(({ label }) => label)).toEqual([
      'south',
      'north',
      'not given',
    ]);
  });

  it('are asked for as the JSON under which the API keeps them', () => {
    expect(valueJson('north', 'string')).toBe('"north"');
    expect(valueJson('12', 'string')).toBe('"12"');
    expect(valueJson('12', 'number')).toBe('12');
    expect(valueJson(' true ', 'boolean')).toBe('true');
    expect(valueJson('north', 'number')).toBe('"north"');
    expect(valueJson('  ', 'string')).toBeUndefined();
  });

  it('stand in the field as people write them', () => {
    expect(valueText('"north"')).toBe('north');
    expect(valueText('12')).toBe('12');
    expect(valueText(undefined)).toBe('');
  });
});
