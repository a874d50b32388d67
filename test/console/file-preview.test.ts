import { describe, expect, it } from 'vitest';
import { mayPreview, prettyXml, previewOf } from '../../lib/console/model/file-preview.ts';
import { bytesWords, centsWords, safeUrl } from '../../lib/console/model/run-words.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
const of = (mediaType: string, content: Uint8Array, name = 'file') => previewOf({ name, mediaType }, content).kind;

describe('the preview of a file', () => {
  it('goes by the bytes, so that nothing is shown as what it only says it is', () => {
    expect(of('application/pdf', bytes('%PDF-1.7'))).toBe('pdf');
    expect(of('application/pdf', bytes('<html><script>'))).toBe('none');
    expect(of('image/png', PNG)).toBe('image');
    expect(of('image/png', bytes('<svg onload="x">'))).toBe('none');
    expect(of('text/plain', PNG)).toBe('none');
    expect(of('application/json', bytes('%PDF-1.7'))).toBe('none');
  });

  it('is never of pictures that can carry programs, and shows pages as their text', () => {
    expect(mayPreview({ name: 'a.svg', mediaType: 'image/svg+xml' })).toBe(false);
    expect(of('image/svg+xml', bytes('<svg/>'))).not.toBe('image');
    expect(previewOf({ name: 'a', mediaType: 'text/html' }, bytes('<b>x</b>'))).toMatchObject({
      kind: 'text',
      text: '<b>x</b>',
    });
  });

  it('asks the name only where the type says nothing', () => {
    expect(of('application/octet-stream', bytes('a,b'), 'list.csv')).toBe('text');
    expect(mayPreview({ name: 'x.pdf', mediaType: 'application/zip' })).toBe(false);
    expect(mayPreview({ name: 'data', mediaType: 'application/octet-stream' })).toBe(false);
  });

  it('is text of JSON that is too large or too deep for a tree, however it is nested', () => {
    expect(of('application/json', bytes(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toBe('text');
    expect(of('application/json', bytes(JSON.stringify(Array.from({ length: 100_000 }, () => 1))))).toBe('text');
  });

  it('leaves XML as it is that is made to keep a reader busy', () => {
    const deep = `${'<a>'.repeat(28_000)}${'</a>'.repeat(28_000)}`;
    const began = performance.now();
    for (const bomb of [deep, '<!--'.repeat(50_000), '<![CDATA['.repeat(20_000), '<'.repeat(200_000)])
      expect(previewOf({ name: 'a.xml', mediaType: 'text/xml' }, bytes(bomb))).toMatchObject({
        kind: 'xml',
        text: bomb,
      });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('shows broken JSON as text, and bytes that are no text not at all', () => {
    expect(of('application/json; charset=utf-8', bytes('{"a":1}'))).toBe('json');
    expect(of('application/json', bytes('{"a":'))).toBe('text');
    expect(of('text/plain', Uint8Array.from([0xc3, 0x28]))).toBe('none');
    expect(of('text/plain', bytes('a\0b'))).toBe('none');
  });

  it('cuts what nobody reads in a page, and says so', () => {
    expect(previewOf({ name: 'a', mediaType: 'text/plain' }, bytes('x'.repeat(300_000)))).toMatchObject({
      isCut: true,
    });
  });
});

describe('XML for people', () => {
  it('has its elements on lines of their own and keeps text where it is', () => {
    expect(prettyXml('<?xml version="1.0"?><a><b x="1">t</b><c/><!-- n --><d><e>1 &lt; 2</e></d></a>')).toBe(
      [
        '<?xml version="1.0"?>',
        '<a>',
        '  <b x="1">t</b>',
        '  <c/>',
        '  <!-- n -->',
        '  <d>',
        '    <e>1 &lt; 2</e>',
        '  </d>',
        '</a>',
      ].join('\n'),
    );
  });

  it('is left as it is where it is no XML, so that nothing of it is hidden', () => {
    for (const broken of ['</a><a>', '<a><b></a>', '']) expect(prettyXml(broken)).toBe(broken);
  });
});

describe('small facts', () => {
  it('are in units that people read', () => {
    expect([0, 1, 999, 1_234, 56_789, 4_200_000].map(bytesWords)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.2 KB',
      '57 KB',
      '4.2 MB',
    ]);
    expect([0, 0.000001, 0.000253, 0.0123, 3.456].map(centsWords)).toEqual([
      '0 cents',
      'less than 0.001 cents',
      '0.025 cents',
      '1.2 cents',
      '346 cents',
    ]);
  });

  it('never make a link of what could be a program', () => {
    expect(safeUrl('https://acme.example.com/x')).toBe('https://acme.example.com/x');
    for (const url of ['javascript:alert(1)', ' data:text/html,x', 'file:///etc', undefined])
      expect(safeUrl(url)).toBeUndefined();
  });
});
