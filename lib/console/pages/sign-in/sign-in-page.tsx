import { type FormEvent, useState } from 'react';
import { ApiError, callApi } from '../../api/client.ts';
import { signIn, useFarewell } from '../../api/session.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { control, Field } from '../../ui/field.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import styles from './sign-in-page.module.css';

/** Asks for an API key and tries it before it is kept. */
export function SignInPage() {
  const farewell = useFarewell();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    setBusy(true);
    setError(undefined);
    try {
      // What a header cannot carry is no key, such as the dots that a password field shows.
      if (!/^[\x21-\x7e]+$/.test(key)) throw new Error(NOT_ACCEPTED);
      await callApi('/v1/runs?limit=1', { key });
      signIn(key);
    } catch (refused) {
      setError(explained(refused as Error));
      setBusy(false);
    }
  }
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)}>
        <PageHeader title="Sign in" heading="Errand" subtitle="Runs on other people’s platforms, watched from here." />
        {farewell !== undefined && <p className={styles.farewell}>{farewell}</p>}
        <Field label="API key" hint="It stays in this tab, and is gone when the tab is closed." required>
          {(ids) => (
            <input
              {...ids}
              className={control}
              name="key"
              type="password"
              autoComplete="off"
              required
              spellCheck={false}
            />
          )}
        </Field>
        {error !== undefined && <ErrorNote error={error} />}
        <Button kind="primary" type="submit" busy={isBusy}>
          {isBusy ? 'Signing in' : 'Sign in'}
        </Button>
        <details className={styles.help}>
          <summary>Where do I get a key?</summary>
          <p>
            On this machine: <code>cat .errand/dev-key</code> in the folder where Errand was started.
          </p>
          <p>
            For a stack:{' '}
            <code>npx errand keys create --stack NAME --scopes runs:read,runs:start,runs:cancel,fallout:resolve</code>.
            A key needs at least <code>runs:read</code> to look.
          </p>
        </details>
      </form>
    </main>
  );
}

const NOT_ACCEPTED = 'This key is not accepted. It may have expired, been revoked, or belong to another Errand.';

function explained(error: Error): Error {
  if (!(error instanceof ApiError)) return error;
  if (error.status === 401) return new Error(NOT_ACCEPTED);
  if (error.status === 403) return new Error('This key may not look at runs: it lacks the scope runs:read.');
  if (error.status === 0) return new Error('Errand does not answer. Try again in a moment.');
  return error;
}
