/** A file of the console page, as the build stores it for whoever serves it. */
export interface ConsoleFile {
  readonly mediaType: string;
  /** Stored compressed, and only so. */
  readonly isGzipped: boolean;
  /** Its name changes with its content. */
  readonly isImmutable: boolean;
  /** Opaque tag of the content, without quotes. */
  readonly etag: string;
}

/** Files by name, such as `index.html` and `assets/main-1a2b.js`. */
export type ConsoleManifest = Readonly<Record<string, ConsoleFile>>;

/** Where the built page is read from. */
export interface ConsoleFiles {
  /** Undefined for every name that the build did not list. */
  find(name: string): Promise<StoredConsoleFile | undefined>;
}

export interface StoredConsoleFile extends ConsoleFile {
  /** As they are stored. */
  readonly bytes: Uint8Array;
}
