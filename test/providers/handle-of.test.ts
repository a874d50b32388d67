import { describe, expect, it } from 'vitest';
import type { ProviderId } from '../../lib/domain/config.ts';
import { providerOf } from '../../lib/providers/registry.ts';

const GUID = '6a1c2f5e-0b11-4f6f-8d5d-5f1d1d1a0c01';
const MODULE = 'kZ0d3l1uQ2a7Yw9xT5bR8g';

function handleOf(id: ProviderId, target: object, remoteId: string) {
  const definition = providerOf(id);
  return definition.handleOf?.(remoteId, definition.target.parse(target));
}

const polled = { application: 'Shop', endpoint: 'Load', mode: 'async' };

describe('the handle of a run that a person names', () => {
  it.each([
    ['bryter', { publishedModuleId: MODULE }, 'V6c_8e2PTnKq1sX0bWm4Dg', { publishedModuleId: MODULE }],
    ['smart-flows', { flowId: 'f' }, GUID, {}],
    ['phixflow', polled, '9007199254740993', { application: 'Shop', endpoint: 'Load' }],
    ['phixflow', { endpoint: 'alias', mode: 'async' }, '12', { endpoint: 'alias' }],
    ['invision', { dataFlowId: 'Nightly load' }, GUID, { dataFlowId: 'Nightly load' }],
  ] as const)('of %s with %j is its id and what the flow says beside it', (id, target, remoteId, rest) => {
    expect(handleOf(id, target, remoteId)).toEqual({ ...rest, remoteId });
  });

  it.each([
    ['bryter', { publishedModuleId: MODULE }, 'id of a BRYTER session'],
    ['smart-flows', { flowId: 'f' }, 'id of a Smart Flows execution'],
    ['phixflow', polled, 'id of a PhixFlow process'],
    ['invision', { dataFlowId: 'f' }, 'id of an InVision run'],
  ] as const)('is refused by %s for a link in place of an id, and it says what is expected', (id, target, expected) => {
    expect(() => handleOf(id, target, 'https://elsewhere.example/sessions/1?key=abc')).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        message: expect.not.stringContaining('elsewhere'),
        issues: [{ path: 'remoteId', message: expect.stringContaining(expected) }],
      }),
    );
  });

  it.each([
    ['a synchronous endpoint', { ...polled, mode: 'sync' }],
    ['an endpoint that is never asked again', { ...polled, settings: { poll: false } }],
  ])('does not exist for %s of phixflow', (_, target) => {
    expect(() => handleOf('phixflow', target, '12')).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('does not exist for assist-edge, which answers no question about a request', () => {
    expect(providerOf('assist-edge').handleOf).toBeUndefined();
  });
});
