import { type FormEvent, useState } from 'react';
import type { Decision, Run } from '../../api/types.ts';
import { type DecisionId, decisionsOf, knownJob, willDo } from '../../model/fallout-decisions.ts';
import { Button } from '../../ui/button.tsx';
import { Actions } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { control, Field } from '../../ui/field.tsx';
import { Lacks, useLacks } from '../../ui/lacks.tsx';
import { useNow } from '../../ui/use-now.ts';
import { DecisionChoice } from './decision-choice.tsx';
import styles from './resolve-dialog.module.css';

/** As the API takes them. */
const MAX_REASON = 1_000;
const MAX_REMOTE_ID = 256;

interface ResolveFormProps {
  readonly run: Run;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onDecide: (decision: Decision) => void;
  readonly onCancel: () => void;
}

/** The decisions that a run admits, with what each needs; nothing is chosen for the person. */
export function ResolveForm({ run, busy, error, onDecide, onCancel }: ResolveFormProps) {
  const mayNot = useLacks('fallout:resolve');
  const options = decisionsOf(run, useNow());
  const [chosen, choose] = useState<DecisionId>();
  const [remoteId, setRemoteId] = useState(knownJob(run) ?? '');
  const option = options.find(({ id, blocked }) => id === chosen && blocked === undefined);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    if (option !== undefined && reason !== '') onDecide(decisionOf(option.id, remoteId.trim(), reason));
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <DecisionChoice options={options} chosen={option?.id} onChoose={choose} />
      {option?.id === 'adopt' && <RemoteId value={remoteId} onChange={setRemoteId} />}
      <Field label="Reason" hint="What you found out. It is kept in the timeline, with the id of your key." required>
        {(ids) => <textarea {...ids} className={control} name="reason" rows={2} maxLength={MAX_REASON} required />}
      </Field>
      <p className={styles.outcome} aria-live="polite">
        {option === undefined ? (
          'Choose what you found out, and read here what will happen.'
        ) : (
          <strong>{willDo(option.id, run, remoteId.trim())}</strong>
        )}
      </p>
      <Lacks scope="fallout:resolve" />
      {error !== null && <ErrorNote title="The decision was not taken." error={error} />}
      <Actions>
        <Button onClick={onCancel}>Not now</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={mayNot || option === undefined}>
          {option?.verb ?? 'Decide'}
        </Button>
      </Actions>
    </form>
  );
}

interface RemoteIdProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function RemoteId({ value, onChange }: RemoteIdProps) {
  return (
    <Field label="Id of the job at the platform" hint="It must not belong to another run." required>
      {(ids) => (
        <input
          {...ids}
          className={control}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          maxLength={MAX_REMOTE_ID}
          required
          pattern=".*\S.*"
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
}

function decisionOf(id: DecisionId, remoteId: string, reason: string): Decision {
  if (id === 'adopt') return { decision: 'adopt', remoteId, reason };
  if (id === 'not-started') return { decision: 'not-started', reason };
  return { decision: 'close', status: id, reason };
}
