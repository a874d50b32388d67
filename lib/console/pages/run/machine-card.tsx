import { lazy, Suspense, useMemo } from 'react';
import { useMachine } from '../../api/queries.ts';
import type { Machine, Run, RunEvent } from '../../api/types.ts';
import { type PathTaken, pathTaken } from '../../model/path-taken.ts';
import { isCounted, stateName, timesWords } from '../../model/state-words.ts';
import { Card } from '../../ui/card.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import styles from './machine-card.module.css';

// The drawing brings a library along; the rest of the page is there before it.
const MachineDrawing = lazy(async () => ({ default: (await import('./machine-drawing.tsx')).MachineDrawing }));

interface MachineCardProps {
  readonly run: Run;
  readonly events: readonly RunEvent[] | undefined;
}

/** The state machine as it is deployed, with the way of this run through it. */
export function MachineCard({ run, events }: MachineCardProps) {
  const { data: machine, error, refetch } = useMachine();
  const path = useMemo(
    () => (machine === undefined || events === undefined ? undefined : pathTaken(machine, run, events)),
    [machine, run, events],
  );
  return (
    <Card title="State machine" actions={<Legend isOpen={path?.current !== undefined} />} flush>
      {error !== null && (
        <ErrorNote error={error} title="The machine could not be read." onRetry={() => void refetch()} />
      )}
      {machine !== undefined && path !== undefined && <MachineView machine={machine} path={path} />}
      {error === null && path === undefined && <Loading label="Loading the state machine" />}
    </Card>
  );
}

function MachineView({ machine, path }: { readonly machine: Machine; readonly path: PathTaken }) {
  return (
    <>
      <div className={styles.drawing}>
        <Suspense fallback={<Loading label="Drawing" />}>
          <MachineDrawing machine={machine} path={path} />
        </Suspense>
      </div>
      <PathList path={path} />
    </>
  );
}

function Legend({ isOpen }: { readonly isOpen: boolean }) {
  return (
    <span className={styles.legend} aria-hidden="true">
      <span className={styles.taken}>taken</span>
      {isOpen && <span className={styles.present}>here now</span>}
      <span className={styles.caught}>when a task breaks</span>
    </span>
  );
}

/** The same in words, for whoever does not see the drawing. */
function PathList({ path }: { readonly path: PathTaken }) {
  const { states, current } = path;
  return (
    <details className={styles.words}>
      <summary>The path in words</summary>
      {states.size === 0 && <p>Nothing of it is passed yet.</p>}
      <ol>
        {[...states].map(([id, count]) => (
          <li key={id}>
            {stateName(id)}, {timesWords(count, isCounted(id, path))}
            {id === current && <strong>: here now</strong>}
          </li>
        ))}
      </ol>
      {current !== undefined && !states.has(current) && <p>About to begin: {stateName(current)}.</p>}
    </details>
  );
}
