import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

const SAID_FOR_MS = 2_000;

export interface CopyProps {
  readonly text: string;
  /** What is copied: `Copy the run’s id`; begins with the words on the button. */
  readonly label: string;
  /** On the button. @default 'Copy' */
  readonly words?: string;
}

/** Puts a text on the clipboard. */
export function Copy({ text, label, words = 'Copy' }: CopyProps) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <Button kind="quiet" aria-label={label} title={label} onClick={() => void copy()}>
      {isCopied ? 'Copied' : words}
    </Button>
  );
}
