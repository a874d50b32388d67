import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { JsonObject } from '../../../domain/json.ts';
import type { Connection, Flow } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import styles from './start-card.module.css';
import { StartExtras } from './start-extras.tsx';
import { useStartForm } from './use-start-form.ts';

export interface StartCardProps {
  readonly flow: Flow;
  readonly connection: Connection | undefined;
}

/** Starts a run with what is filled in. */
export function StartCard({ flow, connection }: StartCardProps) {
  const { submit, isBusy, refusal, extras, setExtras, isBodyMissing } = useStartForm(flow);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (location.hash === '#start') goTo(place.current);
  }, []);
  const isRaw = flow.rawBody === true;
  return (
    <Card title="Start a run">
      <div id="start" ref={place} className={styles.start}>
        {connection?.state === 'paused' && (
          <p className={styles.paused}>
            <Link href="/connections">{connection.id}</Link> is paused. The run is accepted, and starts after the pause.
          </p>
        )}
        {!isRaw && !takesParameters(flow) && <p className={styles.none}>This flow takes no parameters.</p>}
        <SchemaForm
          schema={flow.parametersSchema as JsonObject}
          onSubmit={submit}
          busy={isBusy}
          scope="runs:start"
          submitLabel={isBusy ? 'Starting' : 'Start'}
          error={refusal?.error}
          errorTitle={refusal?.title ?? ''}
        >
          <StartExtras
            extras={extras}
            onChange={setExtras}
            isRaw={isRaw}
            bodyError={isBodyMissing ? 'A body is needed.' : undefined}
          />
        </SchemaForm>
      </div>
    </Card>
  );
}

/** Whoever came to start something can type at once. */
function goTo(place: HTMLElement | null): void {
  place?.scrollIntoView({ block: 'center' });
  place?.querySelector<HTMLElement>('input, select, textarea, button')?.focus({ preventScroll: true });
}

function takesParameters({ parametersSchema }: Flow): boolean {
  return Object.keys((parametersSchema.properties as object | undefined) ?? {}).length > 0;
}
