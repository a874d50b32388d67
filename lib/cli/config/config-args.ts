/** Which configuration a command is about. */

/** Options of every command that reads a configuration. */
export const configArgs = {
  config: {
    type: 'string',
    valueHint: 'FILE',
    description: 'configuration, .ts or .json (what "errand init" wrote last, else errand.config.ts)',
  },
} as const;
