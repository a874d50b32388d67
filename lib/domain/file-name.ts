/** Names that a platform gives its files, made safe to show, to link to and to download under. */

const MAX_NAME = 200;

/** `Content-Disposition` of a download (RFC 6266). Always an attachment: whatever is in the file, no browser opens it in our name. */
export function attachmentOf(fileName: string): string {
  const name = safeFileName(fileName);
  const ascii = name.replace(/[^\w .()+,=@-]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The last segment of a name, without what is no character; never empty and never a way up. */
export function safeFileName(fileName: string): string {
  const name = fileName
    .toWellFormed()
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/\p{Cc}/gu, '')
    .slice(0, MAX_NAME)
    .toWellFormed();
  return name === undefined || name === '' || name === '.' || name === '..' ? 'file' : name;
}
