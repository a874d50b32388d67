/** Saves files of an output on the viewer's machine, byte for byte. */
import { callApi, fetchBytes } from './client.ts';
import type { OutputFile } from './types.ts';

/** The API carries no more in one answer; what is larger is fetched from where it is kept, by a link that is signed. */
export const MAX_FETCHED_BYTES = 4_000_000;
/** Browsers begin a download a little after the click. */
const KEPT_FOR_MS = 60_000;

/** @throws ApiError */
export async function saveFile({ name, mediaType, bytes, href }: OutputFile): Promise<void> {
  if (bytes > MAX_FETCHED_BYTES) {
    const link = await callApi<{ readonly href: string }>(`${href}/link`);
    follow(link.href);
    return;
  }
  const url = URL.createObjectURL(new Blob([await fetchBytes(href)], { type: mediaType }));
  follow(url, name);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_FOR_MS);
}

/** @param name under which it is saved; absent where its server says so. */
function follow(href: string, name?: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.rel = 'noreferrer';
  if (name !== undefined) link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
