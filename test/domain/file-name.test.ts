import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attachmentOf } from '../../lib/domain/file-name.ts';

it.each([
  ['a.txt', `attachment; filename="a.txt"; filename*=UTF-8''a.txt`],
  ["it's (1)*.pdf", `attachment; filename="it_s (1)_.pdf"; filename*=UTF-8''it%27s%20%281%29%2A.pdf`],
  ['C:\\dir\\report.csv', `attachment; filename="report.csv"; filename*=UTF-8''report.csv`],
  ['..', `attachment; filename="file"; filename*=UTF-8''file`],
  ['', `attachment; filename="file"; filename*=UTF-8''file`],
])('names %j as a download', (name, header) => {
  expect(attachmentOf(name)).toBe(header);
});

it('is one line of ASCII whatever a provider calls its file, half characters included', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff)), (units) => {
      const name = String.fromCharCode(...units);
      expect(attachmentOf(name)).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[\x21-\x7e]+$/);
    }),
  );
});
