/** All commands by their names. Each is loaded when it is called. */
import { command } from './errand-command.ts';

export const errandRoot = command({
  meta: { name: 'errand', description: 'Errand runs jobs on somebody else’s automation platform' },
  subCommands: {
    init: async () => (await import('../commands/init.ts')).initCommand,
    doctor: async () => (await import('../commands/doctor.ts')).doctorCommand,
    run: async () => (await import('../commands/run.ts')).runCommand,
    runs: async () => (await import('../commands/runs.ts')).runsCommand,
    show: async () => (await import('../commands/show.ts')).showCommand,
    output: async () => (await import('../commands/output.ts')).outputCommand,
    cancel: async () => (await import('../commands/cancel.ts')).cancelCommand,
    answer: async () => (await import('../commands/answer.ts')).answerCommand,
    fallout: async () => (await import('../commands/fallout.ts')).falloutCommand,
    rerun: async () => (await import('../commands/rerun.ts')).rerunCommand,
    flows: async () => (await import('../commands/flows.ts')).flowsCommand,
    connections: async () => (await import('../commands/connections.ts')).connectionsCommand,
    open: async () => (await import('../commands/open.ts')).openCommand,
    local: async () => (await import('../commands/local.ts')).localCommand,
    simulate: async () => (await import('../commands/simulate.ts')).simulateCommand,
    secrets: async () => (await import('../commands/secrets.ts')).secretsCommand,
    keys: async () => (await import('../commands/keys.ts')).keysCommand,
    deploy: async () => (await import('../commands/deploy.ts')).deployCommand,
    diff: async () => (await import('../commands/diff.ts')).diffCommand,
    synth: async () => (await import('../commands/synth.ts')).synthCommand,
    completion: async () => (await import('../commands/completion.ts')).completionCommand,
  },
});
