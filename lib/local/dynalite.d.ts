/** The package brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server; its files open when it is made and close with it. */
  function dynalite(options: { readonly path?: string; readonly createTableMs?: number }): Server;
  export = dynalite;
}
