import { useResolve } from '../../api/mutations.ts';
import type { Decision, Run } from '../../api/types.ts';
import { FALLOUT_WORDS } from '../../model/fallout-words.ts';
import { Button } from '../../ui/button.tsx';
import { Actions, Dialog } from '../../ui/dialog.tsx';
import styles from './resolve-dialog.module.css';
import { ResolveForm } from './resolve-form.tsx';

export interface ResolveDialogProps {
  readonly run: Run;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Told what the run is by the decision, before it closes. */
  readonly onResolved?: (run: Run) => void;
}

/** Asks a person to decide on a run in fallout, and says before it happens what will. */
export function ResolveDialog({ run, open, onClose, onResolved }: ResolveDialogProps) {
  const resolve = useResolve(run.id);
  const close = () => {
    resolve.reset();
    onClose();
  };
  const decide = (decision: Decision) =>
    resolve.mutate(decision, {
      onSuccess: (resolved) => {
        onResolved?.(resolved);
        close();
      },
    });
  const isMine = resolve.isPending || resolve.isSuccess;
  return (
    <Dialog title={`Decide on ${run.businessKey ?? run.flowId}`} open={open} onClose={close}>
      {run.status === 'FALLOUT' || isMine ? (
        <>
          <Situation fallout={run.fallout} />
          <ResolveForm run={run} busy={isMine} error={resolve.error} onDecide={decide} onCancel={close} />
        </>
      ) : (
        <Decided onClose={close} />
      )}
    </Dialog>
  );
}

function Situation({ fallout }: Pick<Run, 'fallout'>) {
  if (fallout === undefined) return null;
  const { title, check } = FALLOUT_WORDS[fallout.reason];
  return (
    <p className={styles.situation}>
      <strong>{title}.</strong> {check}
    </p>
  );
}

function Decided({ onClose }: { readonly onClose: () => void }) {
  return (
    <>
      <p>There is nothing to decide any more: somebody has just decided, or the run goes on.</p>
      <Actions>
        <Button onClick={onClose}>Close</Button>
      </Actions>
    </>
  );
}
