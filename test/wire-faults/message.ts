/** Messages of HTTP/1.1 as bytes: enough to tell where one ends, and to bend a reply. */

const BLANK_LINE = '\r\n\r\n';

/** The first whole message of these bytes, whose length its head tells; undefined while some of it is missing. */
export function takeMessage(bytes: Buffer): { readonly message: Buffer; readonly rest: Buffer } | undefined {
  const headEnd = bytes.indexOf(BLANK_LINE);
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const end = headEnd + BLANK_LINE.length + length;
  return bytes.length < end ? undefined : { message: bytes.subarray(0, end), rest: bytes.subarray(end) };
}

/** `POST /path?query`. */
export function requestLineOf(request: Buffer): string {
  const [line = ''] = request.subarray(0, 4_096).toString('latin1').split('\r\n', 1);
  return line.replace(/ HTTP\/1\.[01]$/, '');
}

/** The client sends nothing more on this connection. */
export function isLast(request: Buffer): boolean {
  return /\r\nconnection: *close\r\n/i.test(headOf(request));
}

export function headOf(message: Buffer): string {
  return message.subarray(0, message.indexOf(BLANK_LINE) + BLANK_LINE.length).toString('latin1');
}

export function bodyOf(message: Buffer): Buffer {
  return message.subarray(message.indexOf(BLANK_LINE) + BLANK_LINE.length);
}

/** The head with other words of how long the body is, or none, and with more headers. */
export function reframed(message: Buffer, headers: readonly string[]): string {
  const kept = headOf(message)
    .slice(0, -BLANK_LINE.length)
    .split('\r\n')
    .filter((line) => !/^(content-length|transfer-encoding|keep-alive):/i.test(line));
  return `${[...kept, ...headers].join('\r\n')}${BLANK_LINE}`;
}
