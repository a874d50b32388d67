import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './notes.module.css';

interface GuardProps {
  readonly children: ReactNode;
}

interface GuardState {
  readonly isBroken: boolean;
}

/**
 * Keeps what cannot be shown from taking the rest of the page with it: a part that a newer deployment has replaced, or an
 * answer of a newer API. A class, since React catches errors in no other way.
 */
export class Guard extends Component<GuardProps, GuardState> {
  override readonly state: GuardState = { isBroken: false };

  static getDerivedStateFromError(): GuardState {
    return { isBroken: true };
  }

  override render(): ReactNode {
    return this.state.isBroken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  return (
    <div role="alert" className={styles.error}>
      <strong>This cannot be shown.</strong>
      <p>
        Perhaps a new version of Errand has been deployed since this page was opened, or nobody answered. Reload it.
      </p>
      <Button onClick={() => location.reload()}>Reload the page</Button>
    </div>
  );
}
