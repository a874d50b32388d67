import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { parseXml } from '../../lib/http/xml.ts';
import { serveHttp } from '../http/servers.ts';
import { measureXml } from './measure-xml.ts';
import { READ, REFUSED } from './xml-corpus.ts';

/** Four times the size costs four times as much, and not sixteen; what lies between is a busy machine's. */
const MAX_GROWTH = 8;
const MAX_BYTES = 64 * 1_048_576;

describe('a hostile document of XML', () => {
  it.each(Object.entries(REFUSED))('is refused without being quoted: %s', (_name, text) => {
    const refusal = refusalOf(text);
    expect(refusal.issues).toEqual([{ path: 'xml', message: expect.any(String) }]);
    expect(refusal.message).not.toMatch(/canary|[<>]/);
  });

  it.each(Object.entries(READ))('is merely text: %s', (_name, [text, own]) => {
    expect(parseXml(text).text).toBe(own);
  });

  it('costs little time and memory, and calls nobody, whichever of them it is', async () => {
    await using server = await serveHttp((_request, response) => response.end('<!ENTITY x "y">'));
    const { costs, honest, quarter, connections } = await measureXml(server.port);
    expect([honest.problems, quarter.problems]).toEqual([[], []]);
    expect(honest.cpuMs).toBeLessThan(MAX_GROWTH * quarter.cpuMs);
    expect(costs.length).toBeGreaterThanOrEqual(25);
    expect(costs.length).toBe(Object.keys(REFUSED).length + Object.keys(READ).length);
    // An honest one of the largest size is what we let anybody cost, on whatever machine; half of it is usual.
    expect(costs.filter(({ cpuMs, grownBytes }) => cpuMs > honest.cpuMs || grownBytes > MAX_BYTES)).toEqual([]);
    expect([connections, server.connections]).toEqual([0, 0]);
  });
});

function refusalOf(text: string): InvalidInputError {
  try {
    parseXml(text);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('the document was read');
}
