import { useState } from 'react';
import { useLocation } from 'wouter';
import { useRerun } from '../../api/mutations.ts';
import { rerunWords } from '../../model/action-words.ts';
import { Button } from '../../ui/button.tsx';
import { Actions, Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Lacks, useLacks } from '../../ui/lacks.tsx';
import type { RunDialogProps } from './cancel-dialog.tsx';
import styles from './dialogs.module.css';

/** Asks before the job is done once more, and goes to the new run. */
export function RerunDialog({ run, open, onClose }: RunDialogProps) {
  return (
    <Dialog title="Run it once more?" open={open} onClose={onClose}>
      <RerunForm run={run} onClose={onClose} />
    </Dialog>
  );
}

/** As old as the dialog is open: clicked twice, or sent again after an answer was lost, it makes one run. */
function RerunForm({ run, onClose }: Omit<RunDialogProps, 'open'>) {
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [, goTo] = useLocation();
  const rerun = useRerun(run.id);
  const mayNot = useLacks('runs:start');
  return (
    <>
      <ul className={styles.list}>
        {rerunWords(run).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <Lacks scope="runs:start" />
      {rerun.error !== null && <ErrorNote error={rerun.error} title="No new run was made." />}
      <Actions>
        <Button onClick={onClose}>Not now</Button>
        <Button
          kind="primary"
          disabled={mayNot}
          busy={rerun.isPending || rerun.isSuccess}
          onClick={() => rerun.mutate(idempotencyKey, { onSuccess: ({ id }) => goTo(`/runs/${id}`) })}
        >
          Run it once more
        </Button>
      </Actions>
    </>
  );
}
