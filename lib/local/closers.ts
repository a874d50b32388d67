/** What was opened one after the other is closed in the reverse order. */
export interface Closers {
  /** Gives back what it was given. */
  add<Part extends { close(): Promise<void> }>(part: Part): Part;
  /** Closes everything once, whatever one of the parts says to it. */
  readonly close: () => Promise<void>;
}

export function createClosers(): Closers {
  const parts: { close(): Promise<void> }[] = [];
  let closed: Promise<void> | undefined;
  async function closeAll(): Promise<void> {
    for (const part of parts.toReversed()) await part.close().catch(() => {});
  }
  return {
    add(part) {
      parts.push(part);
      return part;
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
