import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { fetchBytes } from '../../api/client.ts';
import type { OutputFile } from '../../api/types.ts';
import { type Preview, previewOf } from '../../model/file-preview.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loading } from '../../ui/loading.tsx';
import styles from './file-preview.module.css';

/** A file as it can be looked at. Its bytes decide what it is shown as, and it is never run. */
export function FilePreview({ file }: { readonly file: OutputFile }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['file', file.href],
    queryFn: ({ signal }) => fetchBytes(file.href, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const bytes = useMemo(() => (data === undefined ? undefined : new Uint8Array(data)), [data]);
  const preview = useMemo(() => (bytes === undefined ? undefined : previewOf(file, bytes)), [file, bytes]);
  if (error !== null)
    return <ErrorNote error={error} title="The file could not be fetched." onRetry={() => void refetch()} />;
  if (bytes === undefined || preview === undefined) return <Loading label={`Loading ${file.name}`} />;
  return <Shown name={file.name} preview={preview} bytes={bytes} />;
}

interface ShownProps {
  readonly name: string;
  readonly preview: Preview;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function Shown({ name, preview, bytes }: ShownProps) {
  if (preview.kind === 'pdf') return <Pdf name={name} bytes={bytes} />;
  if (preview.kind === 'image') return <Image name={name} bytes={bytes} mediaType={preview.mediaType} />;
  if (preview.kind === 'json') return <JsonTree value={preview.value} label={name} openLevels={3} />;
  if (preview.kind === 'none')
    return (
      <p className={styles.none}>It is not what it says it is, so it is not shown here. Download it to look at it.</p>
    );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className={styles.text} tabIndex={0} aria-label={name}>
        <pre>{preview.text}</pre>
      </section>
      {preview.isCut && <p className={styles.none}>Only its beginning is shown. Download it for all of it.</p>}
    </>
  );
}

/** For the viewer of the browser: the page in its width, without a list of pages beside it. */
const VIEW = '#navpanes=0&view=FitH';

function Pdf({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }) {
  const url = useBlobUrl(bytes, 'application/pdf');
  return url === undefined ? null : <iframe className={styles.pdf} src={`${url}${VIEW}`} title={name} />;
}

interface ImageProps {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

function Image({ name, bytes, mediaType }: ImageProps) {
  const url = useBlobUrl(bytes, mediaType);
  return url === undefined ? null : <img className={styles.image} src={url} alt={name} />;
}

/** The type is ours, whatever the platform called it. */
function useBlobUrl(bytes: Uint8Array<ArrayBuffer>, type: string): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}
