import { useResume } from '../../api/mutations.ts';
import { RESUME_MEANS } from '../../model/connection-words.ts';
import { Button } from '../../ui/button.tsx';
import { Actions, Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Lacks, useLacks } from '../../ui/lacks.tsx';
import { type ConnectionDialogProps, explained } from './pause-dialog.tsx';

export function ResumeDialog({ id, open, onClose }: ConnectionDialogProps) {
  return (
    <Dialog title={`Resume ${id}?`} open={open} onClose={onClose}>
      <ResumeQuestion id={id} onClose={onClose} />
    </Dialog>
  );
}

function ResumeQuestion({ id, onClose }: Omit<ConnectionDialogProps, 'open'>) {
  const resume = useResume(id);
  const mayNot = useLacks('fallout:resolve');
  return (
    <>
      <p>{RESUME_MEANS}</p>
      <Lacks scope="fallout:resolve" />
      {resume.error !== null && <ErrorNote error={explained(resume.error)} title="It could not be resumed." />}
      <Actions>
        <Button onClick={onClose}>Leave it paused</Button>
        <Button
          kind="primary"
          disabled={mayNot}
          busy={resume.isPending}
          onClick={() => resume.mutate({}, { onSuccess: onClose })}
        >
          {resume.isPending ? 'Resuming' : 'Resume'}
        </Button>
      </Actions>
    </>
  );
}
