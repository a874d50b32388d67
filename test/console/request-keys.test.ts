import { describe, expect, it } from 'vitest';
import { createRequestKeys } from '../../lib/console/model/request-keys.ts';

function counted() {
  let made = 0;
  return createRequestKeys(() => `key-${++made}`);
}

describe('keys of requests', () => {
  it('are the same for the same filled form, so that a lost answer or a second click starts nothing twice', () => {
    const keys = counted();
    const first = keys.keyFor({ parameters: { customer: 'Acme' } });
    expect(keys.keyFor({ parameters: { customer: 'Acme' } })).toBe(first);
  });

  it('differ for another content, because the API refuses a key that comes back with other values', () => {
    const keys = counted();
    const first = keys.keyFor({ parameters: { customer: 'Acme' } });
    expect(keys.keyFor({ parameters: { customer: 'Bolt' } })).not.toBe(first);
  });

  it('are still known when somebody goes back to what was entered before', () => {
    const keys = counted();
    const first = keys.keyFor({ parameters: { customer: 'Acme' } });
    keys.keyFor({ parameters: { customer: 'Bolt' } });
    expect(keys.keyFor({ parameters: { customer: 'Acme' } })).toBe(first);
  });

  it('are new after a success: the same values are then meant once more', () => {
    const keys = counted();
    const first = keys.keyFor({ parameters: {} });
    keys.renew();
    expect(keys.keyFor({ parameters: {} })).not.toBe(first);
  });
});
