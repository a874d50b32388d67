/** Scripts that a shell reads to complete our words. They ask `errand complete -- WORDS…`. */
import { RootCommand } from '@bomb.sh/tab';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** Prints the script of one shell. */
export function printScript(shell: Shell): void {
  if (shell === 'bash') console.log(BASH);
  else new RootCommand().setup('errand', 'errand', shell);
}

/**
 * Our own for bash: it needs no package of completions beside it, may be read twice, and evaluates nothing of what has
 * been typed. Where there is nothing to offer, bash offers files.
 */
const BASH = `# Completion of errand for bash: source <(errand completion bash)
_errand_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" reply value
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  local last="\${words[\${#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r reply; do
    [[ "$reply" == :* ]] && continue
    value="\${reply%%$'\\t'*}"
    # What stands before "=" or ":" is a word of its own to bash.
    [[ "$last" == --*=* && "$value" == --*=* ]] && value="\${value#*=}"
    [[ -n "$value" ]] && COMPREPLY+=("$value")
  done < <(errand complete -- "\${words[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _errand_complete errand`;
