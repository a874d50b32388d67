/** `errand open`: a run in the browser. */

import { command } from '../frame/errand-command.ts';
import { consolePage, pageOfExecution } from '../runs/console-links.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';

export const openCommand = command({
  meta: { name: 'open', description: 'Opens a run in the browser' },
  args: {
    run: runArg,
    execution: { type: 'boolean', description: 'its execution in AWS’s console of Step Functions instead' },
    print: { type: 'boolean', description: 'only print the address, as where there is no terminal' },
    ...apiArgs,
  },
  examples: [
    ['open last', 'the newest run on the console page'],
    ['open last --execution --stack Errand', 'its state machine in AWS'],
    ['open last --print', 'the address'],
  ],
  async run({ args }) {
    const desk = await deskOf(args);
    const { id, links } = await desk.run(args.run);
    const address = args.execution ? pageOfExecution(links.execution) : consolePage(desk.target.url, id);
    if (args.json) return printJson({ url: address });
    console.log(address);
    if (args.print || !process.stdout.isTTY) return;
    const { default: open } = await import('open');
    const child = await open(address);
    child.once('error', () => console.error('No browser could be opened: open the address yourself.'));
  },
});
