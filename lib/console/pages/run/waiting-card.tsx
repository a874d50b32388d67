import type { Json, JsonObject } from '../../../domain/json.ts';
import { useAnswer } from '../../api/mutations.ts';
import type { Run } from '../../api/types.ts';
import { formFields } from '../../model/form-fields.ts';
import { platformName } from '../../model/platform-names.ts';
import { safeUrl } from '../../model/run-words.ts';
import { Card } from '../../ui/card.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { ExternalLink } from './external-link.tsx';
import styles from './waiting-card.module.css';

type Question = NonNullable<Run['waitingFor']>;
type Form = NonNullable<Question['form']>;

export const ANSWER_FORM = 'answer';

/** What a waiting run waits for, and the way to give it. */
export function WaitingCard({ run }: { readonly run: Run }) {
  const { waitingFor } = run;
  if (waitingFor === undefined) return null;
  if (waitingFor.kind === 'event')
    return (
      <Card title="Waits for an event">
        <p>
          Something outside of {platformName(run.provider)} has to happen, a signature say. The job goes on by itself
          then, and the next look notices.
        </p>
      </Card>
    );
  return (
    <Card title="Waits for an answer">
      <div className={styles.body} id={ANSWER_FORM}>
        {waitingFor.answerable === true ? (
          <AnswerForm key={JSON.stringify(waitingFor.form)} run={run} form={waitingFor.form} />
        ) : (
          <p>
            {platformName(run.provider)} takes the answer on its own page only. Once it is given there, the next look
            notices, and the run goes on.
          </p>
        )}
        <Elsewhere run={run} waitingFor={waitingFor} />
      </div>
    </Card>
  );
}

/** Where the question comes without fields that can be read, its answer is written as the platform wants it. */
const ANY_ANSWER = {
  properties: {
    values: {
      type: 'object',
      title: 'Answer',
      description: 'An object: the platform’s names of the fields, with values',
    },
  },
  required: ['values'],
} as const;

function AnswerForm({ run, form }: { readonly run: Run; readonly form: Form | undefined }) {
  const answer = useAnswer(run.id);
  const hasFields = form !== undefined && formFields(form).length > 0;
  const send = (values: JsonObject) => answer.mutate(hasFields ? values : objectOf(values.values));
  // Until the run has moved on from there; should it ask the same again, it may be answered again.
  const isSent = answer.data !== undefined && run.updatedAt <= answer.data.updatedAt;
  return (
    <>
      <p className={styles.explained}>
        What you enter is sealed, handed to {platformName(run.provider)} once, and kept nowhere. The run goes on with it
        at once.
      </p>
      {!hasFields && form !== undefined && <JsonTree value={form} label="what is asked" />}
      <SchemaForm
        schema={hasFields ? form : ANY_ANSWER}
        onSubmit={send}
        busy={answer.isPending || isSent}
        scope="runs:cancel"
        submitLabel={sentLabel(answer.isPending, isSent)}
        error={answer.error}
        errorTitle="The answer was not taken."
      />
    </>
  );
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function sentLabel(isPending: boolean, isSent: boolean): string {
  if (isPending) return 'Handing it over';
  return isSent ? 'Handed over' : 'Send the answer';
}

function Elsewhere({ run, waitingFor }: { readonly run: Run; readonly waitingFor: Question }) {
  const url = safeUrl(waitingFor.url);
  if (url === undefined) return null;
  return (
    <div className={styles.elsewhere}>
      {waitingFor.answerable === true && <span>Or answer it there:</span>}
      <ExternalLink href={url}>Answer at {platformName(run.provider)}</ExternalLink>
    </div>
  );
}
