import { Link } from 'wouter';
import { Empty } from '../../ui/empty.tsx';

/** Before the first run there ever was. */
export function NoRuns() {
  return (
    <Empty title="There are no runs yet">
      <p>
        Start the first one: open <Link href="/flows">Flows</Link>, choose one and fill in its form. It appears here at
        once. From a terminal, <code>npx errand run FLOW</code> does the same.
      </p>
    </Empty>
  );
}
