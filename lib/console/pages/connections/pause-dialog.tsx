import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { usePause } from '../../api/mutations.ts';
import { NOT_ALL_ITS_FLOWS, PAUSE_MEANS } from '../../model/connection-words.ts';
import { Button } from '../../ui/button.tsx';
import { Actions, Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { control, Field } from '../../ui/field.tsx';
import { Lacks, useLacks } from '../../ui/lacks.tsx';
import styles from './connections-page.module.css';

export interface ConnectionDialogProps {
  /** Of the connection. */
  readonly id: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

const MAX_REASON = 500;

/** Says what a pause does before it is asked for. */
export function PauseDialog({ id, open, onClose }: ConnectionDialogProps) {
  return (
    <Dialog title={`Pause ${id}?`} open={open} onClose={onClose}>
      <PauseForm id={id} onClose={onClose} />
    </Dialog>
  );
}

/** The API does not tell a connection that is not there from one that is not wholly for this key. */
export function explained(error: Error): Error {
  return error instanceof ApiError && error.status === 404 ? new Error(NOT_ALL_ITS_FLOWS) : error;
}

function PauseForm({ id, onClose }: Omit<ConnectionDialogProps, 'open'>) {
  const pause = usePause(id);
  const mayNot = useLacks('fallout:resolve');
  const [reason, setReason] = useState('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    const told = reason.trim();
    pause.mutate(told === '' ? {} : { reason: told }, { onSuccess: onClose });
  }
  return (
    <form className={styles.dialog} onSubmit={submit}>
      <ul className={styles.means}>
        {PAUSE_MEANS.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Field label="Reason" hint="Shown to everybody while the pause lasts.">
        {(ids) => (
          <input
            {...ids}
            className={control}
            maxLength={MAX_REASON}
            autoComplete="off"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      <Lacks scope="fallout:resolve" />
      {pause.error !== null && <ErrorNote error={explained(pause.error)} title="It could not be paused." />}
      <Actions>
        <Button onClick={onClose}>Leave it as it is</Button>
        <Button kind="primary" type="submit" disabled={mayNot} busy={pause.isPending}>
          {pause.isPending ? 'Pausing' : 'Pause'}
        </Button>
      </Actions>
    </form>
  );
}
