/** A person's word on a connection, kept where all its runs look. */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { ConnectionState } from '../protection/connection-state.ts';
import type { Dependencies } from '../workflow/ports.ts';

/** Runs write this state too while their platform fails; each of them only now and then. */
const MAX_TRIES = 10;

/**
 * Changes the state of a connection, against whoever else writes it; a change that answers the very state it was given
 * writes nothing.
 * @throws StoreUnavailableError when others are always first.
 */
export async function changeConnection(
  { states }: Pick<Dependencies, 'states'>,
  connection: string,
  change: (state: ConnectionState) => ConnectionState,
): Promise<{ readonly state: ConnectionState; readonly isChanged: boolean }> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const state = await states.getNow(connection);
    const changed = change(state);
    if (changed === state) return { state, isChanged: false };
    if (await states.save(connection, changed)) return { state: changed, isChanged: true };
  }
  throw new StoreUnavailableError(`The state of the connection "${connection}" is being written all the time.`);
}
