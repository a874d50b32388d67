import { useState } from 'react';
import { executionPage } from '../../../domain/execution-page.ts';
import { isTerminal } from '../../../domain/status.ts';
import type { Run } from '../../api/types.ts';
import { safeUrl } from '../../model/run-words.ts';
import { Button } from '../../ui/button.tsx';
import { ResolveDialog } from '../fallout/resolve-dialog.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { ExternalLink } from './external-link.tsx';
import { RerunDialog } from './rerun-dialog.tsx';
import { ANSWER_FORM } from './waiting-card.tsx';

type Opened = 'cancel' | 'rerun' | 'resolve';

/** What a person can do with the run as it is. Whatever changes something asks first. */
export function RunActions({ run }: { readonly run: Run }) {
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const browser = safeUrl(run.links.browser);
  const execution = executionPage(run.links.execution);
  const hasEnded = isTerminal(run.status);
  const canCancel = !hasEnded && run.status !== 'FETCHING_OUTPUT' && run.cancel === undefined;
  const canAnswer = run.status === 'WAITING_FOR_INPUT' && run.waitingFor?.answerable === true;
  return (
    <>
      {execution !== undefined && <ExternalLink href={execution}>Open execution</ExternalLink>}
      {browser !== undefined && <ExternalLink href={browser}>Open at the platform</ExternalLink>}
      {hasEnded && <Button onClick={() => setOpened('rerun')}>Rerun</Button>}
      {canCancel && (
        <Button kind="danger" onClick={() => setOpened('cancel')}>
          Cancel run
        </Button>
      )}
      {canAnswer && (
        <Button kind="primary" onClick={goToAnswer}>
          Answer
        </Button>
      )}
      {run.status === 'FALLOUT' && (
        <Button kind="primary" onClick={() => setOpened('resolve')}>
          Resolve
        </Button>
      )}
      <CancelDialog run={run} open={opened === 'cancel'} onClose={close} />
      <RerunDialog run={run} open={opened === 'rerun'} onClose={close} />
      <ResolveDialog run={run} open={opened === 'resolve'} onClose={close} />
    </>
  );
}

/** The form is in the page, so that it can be filled in beside what is known of the run. */
function goToAnswer(): void {
  const form = document.getElementById(ANSWER_FORM);
  form?.scrollIntoView({ block: 'center' });
  form?.querySelector<HTMLElement>('input, select, textarea, button')?.focus();
}
