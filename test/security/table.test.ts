import { describe, expect, it } from 'vitest';
import { faultsOf, type ProofSources } from '../helpers/proof-table.ts';
import { SECURITY_TABLE, THREATS } from './table.ts';

describe('the table of threats', () => {
  it('names for each of them tests that are there and are run', () => {
    expect(faultsOf(SECURITY_TABLE, THREATS)).toEqual([]);
  });

  it('has 25 rows, each with a control in words', () => {
    expect(SECURITY_TABLE).toHaveLength(25);
    for (const { threat, control } of SECURITY_TABLE) expect([threat, control].join()).toMatch(/^.{40,}$/);
  });
});

/** A project of these files alone. */
function projectOf(files: Readonly<Record<string, string>>): ProofSources {
  return { read: (file) => files[file], testFiles: Object.keys(files) };
}

const FILE = 'test/a.test.ts';
const SHARED = 'test/shared.ts';
const ROW = { id: 'S1', tests: { [FILE]: ['holds'] } };

describe('a mistake in such a table', () => {
  const faultsIn = (text: string, tests: Readonly<Record<string, readonly string[]>> = ROW.tests) =>
    faultsOf([{ id: 'S1', tests }], ['S1'], projectOf({ [FILE]: text }));

  it.each([
    ['a test that is there', "it('holds', () => {});", []],
    ['a test within a group', "describe('a', () => { it('it holds well', () => {}); });", []],
    ['a test for each of some', "it.each([['holds']])('holds %s', () => {});", []],
    ['a title with a value in it', 'it(`holds \u0024{count} times`, () => {});', []],
    ['no such test', "it('does not', () => {});", [`S1: ${FILE} has no test "holds"`]],
    [
      'a text that is no title',
      "it('does', () => { expect('holds'); }); // it('holds')",
      [`S1: ${FILE} has no test "holds"`],
    ],
    [
      'two of the title',
      "it('holds a', () => {}); it('holds b', () => {});",
      [`S1: ${FILE} has more than one test "holds"`],
    ],
    ['a test that is skipped', "it.skip('holds', () => {});", [`S1: ${FILE} skips "holds"`]],
    ['one that is skipped somewhere', "it.skipIf(isMac)('holds', () => {});", [`S1: ${FILE} skips "holds"`]],
    ['one that is to be written', "it.todo('holds');", [`S1: ${FILE} skips "holds"`]],
    ['one skipped by its options', "it('holds', { skip: true }, () => {});", [`S1: ${FILE} skips "holds"`]],
    [
      'one in a group that is skipped',
      "describe.skip('a', () => { it('holds', () => {}); });",
      [`S1: ${FILE} skips "holds"`],
    ],
    [
      'one beside the only that is run',
      "it('holds', () => {}); it.only('x', () => {});",
      [`S1: ${FILE} runs another test only, not "holds"`],
    ],
  ])('is found, and nothing else is called one: %s', (_, text, expected) => {
    expect(faultsIn(text)).toEqual(expected);
  });

  it('may be a row that is missing, is there twice, is unknown, or names nothing', () => {
    const sources = projectOf({ [FILE]: "it('holds', () => {});" });
    expect(faultsOf([ROW], ['S1', 'S2'], sources)).toEqual(['S2: has no row']);
    expect(faultsOf([ROW, ROW], ['S1'], sources)).toEqual(['S1: has two rows']);
    expect(faultsOf([ROW], [], sources)).toEqual(['S1: is in no list of ours']);
    for (const tests of [{}, { [FILE]: [] }])
      expect(faultsOf([{ id: 'S1', tests }], ['S1'], sources)).toEqual(['S1: names no test']);
  });

  it('may be a file that is not there, or that no test gets to', () => {
    const tests = { [SHARED]: ['holds'] };
    const shared = "it('holds', () => {});";
    const user = "import { x } from './shared.ts';";
    const faults = (files: Readonly<Record<string, string>>) =>
      faultsOf([{ id: 'S1', tests }], ['S1'], projectOf(files));
    expect(faults({})).toEqual([`S1: there is no file ${SHARED}`]);
    expect(faults({ [SHARED]: shared })).toEqual([`S1: ${SHARED} is neither a test nor used by one`]);
    expect(faults({ [SHARED]: shared, 'test/b.ts': user })).toEqual([
      `S1: ${SHARED} is neither a test nor used by one`,
    ]);
    expect(faults({ [SHARED]: shared, 'test/b.ts': user, [FILE]: "import { y } from './b.ts';" })).toEqual([]);
  });
});
