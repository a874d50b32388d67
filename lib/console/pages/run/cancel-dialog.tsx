import { useCancel } from '../../api/mutations.ts';
import type { Run } from '../../api/types.ts';
import { cancelWords } from '../../model/action-words.ts';
import { Button } from '../../ui/button.tsx';
import { Actions, Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Lacks, useLacks } from '../../ui/lacks.tsx';
import styles from './dialogs.module.css';

export interface RunDialogProps {
  readonly run: Run;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Asks before a run is canceled; canceling twice is canceling once. */
export function CancelDialog({ run, open, onClose }: RunDialogProps) {
  const cancel = useCancel(run.id);
  const mayNot = useLacks('runs:cancel');
  const close = () => {
    cancel.reset();
    onClose();
  };
  return (
    <Dialog title="Cancel this run?" open={open} onClose={close}>
      <ul className={styles.list}>
        {cancelWords(run).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <Lacks scope="runs:cancel" />
      {cancel.error !== null && <ErrorNote error={cancel.error} title="The run was not canceled." />}
      <Actions>
        <Button onClick={close}>Let it go on</Button>
        <Button
          kind="danger"
          disabled={mayNot}
          busy={cancel.isPending || cancel.isSuccess}
          onClick={() => cancel.mutate(undefined, { onSuccess: close })}
        >
          Cancel the run
        </Button>
      </Actions>
    </Dialog>
  );
}
