/**
 * Which programs the pages may call. Those that are replaced are called by the same words; what is done in their place,
 * and why, stands here. Whatever stands in neither list is not there when the pages are tried.
 */

/** The machine's own. */
export const PLAIN = [
  'bash',
  'cat',
  'chmod',
  'cp',
  'curl',
  'cut',
  'env',
  'grep',
  'head',
  'ls',
  'mkdir',
  'mv',
  'rm',
  'sed',
  'sleep',
  'sort',
  'tail',
  'tr',
  'wc',
] as const;

/** By program: what of it is done differently, and why. */
export const REPLACED: Readonly<Record<string, readonly string[]>> = {
  npm: [
    'ci: nothing, because the packages are what this test runs on',
    'test: nothing, because this test is a part of it',
    'start, run simulators: the same script in the background with any free port, because it stays up; the port that the page names leads there. Called again it is first stopped, as a reader does with Ctrl-C',
    'run bench:…, run faults: its program is there, because a measurement takes minutes, and test/faults has its own',
    'run anything else: the script that package.json names, without the second that npm itself takes',
  ],
  npx: [
    'errand: the same program of bin/, without the second that npx itself takes; one test calls it by npx',
    'errand local, errand simulate: in the background with any free port, as npm start',
    'vitest run FILE: the file is there, because it is run by itself anyway',
    'cdk, and what errand deploy, diff and synth call: see cdk',
  ],
  cdk: ['deploy, diff: synth with the same options, because there is no account; once for the same options'],
  aws: [
    'the same operation with the same parameters by the SDK, at the services of the Errand that the page started; what these do not serve is checked against the SDK’s model of the operation',
  ],
};

/** AWS operations that the embedded services do not have; all others are really made. */
export const ONLY_CHECKED: readonly string[] = ['dynamodb restore-table-to-point-in-time'];
