/**
 * Everything recorded of earlier versions is told again to the present functions. Then
 * live runs go through an upgrade, a roll-back and an upgrade again: none is lost, none is started twice. The version
 * before is built from the git history. The last line is JSON.
 *
 *   npm run -s upgrade [-- --from 049e1ed --runs 200]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { upgradeLive } from './live.ts';
import { readRecording, recordedReleases } from './recording.ts';
import { replayAll } from './replay.ts';
import { isAlone } from './scene.ts';
import { NoHistoryError, ROOT } from './tree.ts';

const HELP = `Usage: npm run upgrade -- [options]

  --from C     commit or tag of the version before (default: the last recorded one that is not the present)
  --runs N     live runs (default 200)
  --stay S     seconds that each version is up before it is killed (default 8)
  --help       this text

Needs the git history; without it the program says so and ends with 2.`;

const DRAIN_MS = 10 * 60_000;

function optionsOf() {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      runs: { type: 'string', default: '200' },
      stay: { type: 'string', default: '8' },
      help: { type: 'boolean', default: false },
    },
  });
  const [runs, stay] = [Number(values.runs), Number(values.stay)];
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number of 1 or more');
  if (!(stay >= 0)) throw new Error('--stay takes seconds');
  return { from: values.from, runs, stayMs: stay * 1_000, help: values.help };
}

/** The commit of the version before the present one. */
function commitBefore(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const before = recordedReleases().findLast((release) => release.version !== version);
  if (before === undefined) throw new Error('No version before the present one is recorded; name one with --from.');
  return before.commit;
}

type CleanUp = (task: () => Promise<void> | void) => void;

/** How many calls were told again, and those that led elsewhere. */
async function replayRecorded(log: (line: string) => void, cleanUp: CleanUp) {
  const different: string[] = [];
  let replayed = 0;
  for (const { version } of recordedReleases()) {
    const recording = readRecording(version);
    const alone = recording.calls.filter((call) => isAlone(call, recording.calls));
    const { differences } = await replayAll(recording, alone, cleanUp);
    log(`${version}: ${alone.length} calls told again, ${differences.length} lead elsewhere`);
    replayed += alone.length;
    for (const { name, atMs, answer, wanted } of differences)
      different.push(
        `${version}: ${name} at ${atMs} led to ${JSON.stringify(wanted)}, now to ${JSON.stringify(answer)}`,
      );
  }
  return { replayed, different };
}

async function main(): Promise<number> {
  const { help, from = commitBefore(), ...options } = optionsOf();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const tasks: (() => Promise<void> | void)[] = [];
  try {
    const log = (line: string) => console.error(line);
    const cleanUp: CleanUp = (task) => void tasks.unshift(task);
    const { replayed, different } = await replayRecorded(log, cleanUp);
    const { findings, ...figures } = await upgradeLive({ ...options, from, drainMs: DRAIN_MS, log }, cleanUp);
    const all = [...different, ...findings];
    for (const finding of all.slice(0, 50)) console.log(finding);
    console.log(JSON.stringify({ from, replayed, different: different.length, ...figures }));
    return all.length === 0 && figures.runs >= options.runs ? 0 : 1;
  } finally {
    for (const task of tasks) await task();
  }
}

process.once('SIGINT', () => process.exit(1));
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof NoHistoryError || error instanceof TypeError ? 2 : 1;
}
