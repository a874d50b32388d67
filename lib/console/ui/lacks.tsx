import { useOwnKey } from '../api/queries.ts';
import type { OwnKey } from '../api/types.ts';
import styles from './notes.module.css';

export type Scope = OwnKey['scopes'][number];

/** True once it is known that the key of this tab may not do what needs this scope. */
export function useLacks(scope: Scope): boolean {
  const { data } = useOwnKey();
  return data !== undefined && !data.scopes.includes(scope);
}

/** Says so before somebody tries; nothing where the key may. */
export function Lacks({ scope }: { readonly scope: Scope }) {
  if (!useLacks(scope)) return null;
  return (
    <p className={styles.lacks}>
      Your key may not do this: it lacks the scope <code>{scope}</code>. Sign in with one that has it.
    </p>
  );
}
