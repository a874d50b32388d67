/** Measures one side in a process of its own; the last line is JSON. */
import { measureBaseline } from './baseline-runs.ts';
import { measureErrand } from './errand-runs.ts';
import type { Task } from './measured.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const begin = performance.now();
const progress = (line: string) => {
  const seconds = ((performance.now() - begin) / 1_000).toFixed(0);
  console.error(`${task.kind} ${task.side}, ${seconds} s: ${line}`);
};

const measured = await (task.side === 'errand' ? measureErrand : measureBaseline)(task, progress);
progress(`done, ${measured.runs} runs`);
console.log(JSON.stringify(measured));
process.exit(0);
