import { describe, expect, it } from 'vitest';
import { findFlows } from '../../lib/console/model/flow-list.ts';

const FLOWS = [
  { id: 'write-offer', description: 'Writes a PDF', connection: 'documents', provider: 'smart-flows' },
  { id: 'create-order', connection: 'orders', provider: 'phixflow' },
];
const found = (text: string) => findFlows(FLOWS, text).map(({ id }) => id);

describe('finding flows', () => {
  it('shows all while nothing is asked for', () => {
    expect(found('  ')).toEqual(['write-offer', 'create-order']);
  });

  it('looks at the id, the words, the connection and the platform, whatever the case', () => {
    expect(found('OFFER')).toEqual(['write-offer']);
    expect(found('pdf')).toEqual(['write-offer']);
    expect(found('orders')).toEqual(['create-order']);
    expect(found('phix')).toEqual(['create-order']);
  });

  it('wants every word, in any order', () => {
    expect(found('pdf write')).toEqual(['write-offer']);
    expect(found('pdf order')).toEqual([]);
  });
});
