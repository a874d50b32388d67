/** `errand`: what people do with Errand from a shell. Each command is loaded when it is called. */
import { command, runErrand } from './errand-command.ts';

const errand = command({
  meta: { name: 'errand', description: 'Errand runs jobs on somebody else’s automation platform' },
  subCommands: {
    connections: async () => (await import('./connections.ts')).connectionsCommand,
    keys: async () => (await import('./keys.ts')).keysCommand,
  },
});

process.exitCode = await runErrand(errand, process.argv.slice(2));
