/** `errand completion`: lets a shell complete commands, options, and names of flows and runs. */
import { CommandError } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';

export const completionCommand = command({
  meta: { name: 'completion', description: 'Prints the script with which a shell completes errand’s words' },
  args: { shell: { type: 'positional', required: true, description: 'bash, zsh, fish or powershell' } },
  examples: [
    ['completion bash >> ~/.bashrc', 'for bash, from the next shell on'],
    ['completion zsh > ~/.errand.zsh', 'for zsh: then "source ~/.errand.zsh" in ~/.zshrc'],
    ['completion fish > ~/.config/fish/completions/errand.fish', 'for fish'],
  ],
  codes:
    '0 printed, 2 there is none for that shell. Names are asked of the Errand in reach for 300 ms, or for ERRAND_COMPLETION_MS.',
  async run({ args }) {
    const { printScript, SHELLS } = await import('../completion/completion-script.ts');
    const shell = SHELLS.find((known) => known === args.shell);
    if (shell === undefined)
      throw new CommandError(`There is no completion for "${args.shell}". Known are ${SHELLS.join(', ')}.`);
    printScript(shell);
  },
});
