import { isTerminal } from '../../../domain/status.ts';
import { useOutput } from '../../api/queries.ts';
import type { Output, Run } from '../../api/types.ts';
import { bytesWords } from '../../model/run-words.ts';
import { countWords } from '../../model/word-list.ts';
import { Card } from '../../ui/card.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loading } from '../../ui/loading.tsx';
import styles from './output-card.module.css';
import { OutputFileView } from './output-file.tsx';

/** What the run brought back; nothing while there is nothing to expect. */
export function OutputCard({ run }: { readonly run: Run }) {
  const { data: output, error, refetch } = useOutput(run);
  if (!isTerminal(run.status) || run.output === undefined) return null;
  const { available, bytes, missing } = run.output;
  return (
    <Card title="Output" actions={available && <span>{bytesWords(bytes)}</span>}>
      {missing !== undefined && (
        <p className={styles.missing}>
          <strong>There is no output.</strong> {missing}
        </p>
      )}
      {available && output === undefined && error === null && <Loading label="Loading the output" />}
      {error !== null && (
        <ErrorNote error={error} title="The output could not be read." onRetry={() => void refetch()} />
      )}
      {available && output !== undefined && <OutputView output={output} />}
    </Card>
  );
}

function OutputView({ output: { value, files } }: { readonly output: Output }) {
  return (
    <div className={styles.body}>
      {files.length > 0 && (
        <ul className={styles.files} aria-label={countWords(files.length, 'file')}>
          {files.map((file, index) => (
            <OutputFileView key={file.href} file={file} isOpenAtFirst={index === 0} />
          ))}
        </ul>
      )}
      {value !== undefined && (
        <div className={styles.value}>
          <h3>Value</h3>
          <JsonTree value={value} label="the value" openLevels={3} />
        </div>
      )}
    </div>
  );
}
