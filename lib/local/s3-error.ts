/** How S3 says no, and the XML it says it in. */

/** What S3 answers when the caller is wrong; `code` is S3's. */
export class S3Error extends Error {
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, message: string, httpStatus: number) {
    super(message);
    this.name = 'S3Error';
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

const escapeXml = (text: string) => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** `<Name><A>1</A></Name>`. */
export const xml = (name: string, fields: Readonly<Record<string, string>>) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${Object.entries(fields)
    .map(([key, value]) => `<${key}>${escapeXml(value)}</${key}>`)
    .join('')}</${name}>`;
