/** `errand`: what people do with Errand from a shell. */
import { runErrand } from './frame/errand-command.ts';
import { errandRoot } from './frame/errand-root.ts';

const words = process.argv.slice(2);
// Until it is known: nobody must take a command that broke off for one that went well.
process.exitCode = 2;
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Whoever has closed the pipe has seen enough; on a full disk nobody has seen anything.
  if (code === 'EPIPE') return;
  console.error(`The result could not be written (${code}).`);
  process.once('exit', () => {
    process.exitCode = 2;
  });
});
// Not for people: the scripts of "errand completion" ask so at every key press.
const isCompletion = words[0] === 'complete' && words[1] === '--';
process.exitCode = isCompletion
  ? await (await import('./completion/completion.ts')).complete(errandRoot, words.slice(2))
  : await runErrand(errandRoot, words);
