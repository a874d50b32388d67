import type { Extras } from '../../model/start-request.ts';
import { control, Field } from '../../ui/field.tsx';
import styles from './start-card.module.css';

export interface StartExtrasProps {
  readonly extras: Extras;
  readonly onChange: (extras: Extras) => void;
  readonly isRaw: boolean;
  readonly bodyError: string | undefined;
}

const MAX_BUSINESS_KEY = 256;

/** What can be filled in beside the parameters. */
export function StartExtras({ extras, onChange, isRaw, bodyError }: StartExtrasProps) {
  return (
    <>
      {isRaw && (
        <Field label="Body" hint="Sent to the platform as it is." error={bodyError} required>
          {(ids) => (
            <textarea
              {...ids}
              className={`${control} ${styles.raw}`}
              rows={8}
              spellCheck={false}
              aria-required
              value={extras.body}
              onChange={(event) => onChange({ ...extras, body: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label="Business key" hint="Optional: your own name for this run, to find it by.">
        {(ids) => (
          <input
            {...ids}
            className={control}
            maxLength={MAX_BUSINESS_KEY}
            autoComplete="off"
            spellCheck={false}
            value={extras.businessKey}
            onChange={(event) => onChange({ ...extras, businessKey: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
