import { useId, useState } from 'react';
import { MAX_FETCHED_BYTES, saveFile } from '../../api/download.ts';
import type { OutputFile } from '../../api/types.ts';
import { mayPreview } from '../../model/file-preview.ts';
import { bytesWords } from '../../model/run-words.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { FilePreview } from './file-preview.tsx';
import styles from './output-card.module.css';

export interface OutputFileViewProps {
  readonly file: OutputFile;
  /** Where it can be shown at all. */
  readonly isOpenAtFirst: boolean;
}

/** A file of the output: what it is, saved with one click, looked at with another. */
export function OutputFileView({ file, isOpenAtFirst }: OutputFileViewProps) {
  const { name, mediaType, bytes, sha256 } = file;
  const id = useId();
  const canShow = mayPreview(file) && bytes <= MAX_FETCHED_BYTES;
  const [isOpen, setOpen] = useState(isOpenAtFirst && canShow);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  async function save(): Promise<void> {
    setBusy(true);
    setError(undefined);
    await saveFile(file).catch(setError);
    setBusy(false);
  }
  return (
    <li className={styles.file}>
      <div className={styles.row}>
        <div className={styles.about}>
          <strong id={id}>{name}</strong>
          <span>
            {mediaType} · {bytesWords(bytes)} · <span title={`SHA-256 ${sha256}`}>sha256 {sha256.slice(0, 12)}…</span>
          </span>
        </div>
        <div className={styles.buttons}>
          {canShow && (
            <Button
              aria-expanded={isOpen}
              aria-label={`${isOpen ? 'Hide' : 'Show'} ${name}`}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? 'Hide' : 'Show'}
            </Button>
          )}
          <Button kind="primary" busy={busy} aria-label={`Download ${name}`} onClick={() => void save()}>
            Download
          </Button>
        </div>
      </div>
      {error !== undefined && <ErrorNote error={error} title="The file could not be fetched." />}
      {isOpen && <FilePreview file={file} />}
    </li>
  );
}
