import { describe, expect, it } from 'vitest';
import type { ShownConnection } from '../../lib/cli/connections/connections-desk.ts';
import { connectionsTable } from '../../lib/cli/connections/connections-table.ts';

/** By the clock of whoever reads. */
const at = new Date(2026, 2, 2, 8, 5, 9).toISOString();
const closed = { state: 'closed' };

function lines(...connections: readonly Partial<ShownConnection>[]): readonly string[] {
  const well = { id: 'acme', state: 'ok', limits: {}, breaker: closed };
  return connectionsTable(connections.map((fields) => ({ ...well, ...fields })))
    .split('\n')
    .slice(1);
}

describe('the table of connections', () => {
  it('shows how many runs are under way of how many that may be, and how many wait', () => {
    const [busy, free] = lines({ limits: { inFlight: 20 }, inFlight: 20, queued: 7, lastSuccessAt: at }, {});
    expect(busy).toMatch(/^acme +ok +20\/20 +7 +closed +2026-03-02 08:05$/);
    expect(free).toMatch(/^acme +ok +- +- +closed +-$/);
  });

  it.each([
    [
      { state: 'failing', breaker: { state: 'open', nextCanaryAt: at } },
      /failing .+ open, tries at 08:05:09 .+ reset$/,
    ],
    [{ state: 'failing', breaker: { state: 'half-open', nextCanaryAt: at } }, / half-open .+ reset$/],
    [{ state: 'refused', breaker: { state: 'open' } }, /refused .+ open .+ reset$/],
    [{ state: 'told-to-wait', toldToWaitUntil: at }, /told-to-wait .+ until 08:05:09$/],
    [{ state: 'paused', paused: { at } }, /paused .+ since 2026-03-02 08:05$/],
    [{ state: 'paused', paused: { at, reason: 'Maintenance' } }, / since 2026-03-02 08:05: Maintenance$/],
    [{ state: 'recovering', breaker: { state: 'half-open' } }, /recovering .+ half-open +-$/],
    [{ state: 'a newer word' }, /a newer word .+ closed +-$/],
    [{ state: 'constructor' }, /constructor .+ closed +-$/],
  ] as const)('says in a word why calls wait: %j', (fields, expected) => {
    const [line] = lines({ lastError: { at, message: 'reset' }, ...fields });
    expect(line).toMatch(expected);
  });

  it('shows what a platform has said without letting it write to the terminal', () => {
    const [line] = lines({ state: 'failing', lastError: { at, message: 'no\u001b[2J\nway' } });
    expect(line).toMatch(/no\?\[2J\?way$/);
  });
});
