import { type Definition, readTemplate } from '../../lib/local/definition.ts';
import { synthesise } from '../infra/assembly.ts';

/** The state machine as it is synthesised for the stack. */
export async function synthesisedDefinition(): Promise<Definition> {
  const template = await synthesise();
  return readTemplate(template as unknown as Parameters<typeof readTemplate>[0]).definition;
}
