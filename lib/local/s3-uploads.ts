/** Multipart uploads. They live in memory and in staged files; what is unfinished at the end of the process is dropped. */
import { createHash, randomUUID } from 'node:crypto';
import type { ObjectFiles, ObjectMeta, StagedBytes } from './object-files.ts';
import { S3Error } from './s3-error.ts';

export interface Uploads {
  create(key: string, headers: ObjectMeta['headers']): string;
  addPart(uploadId: string, partNumber: number, staged: StagedBytes): Promise<void>;
  /** Takes CompleteMultipartUpload's XML; gives the object's ETag. */
  complete(uploadId: string, partList: string, onlyIfAbsent: boolean): Promise<string>;
  abort(uploadId: string): Promise<void>;
}

interface Upload {
  readonly key: string;
  readonly headers: ObjectMeta['headers'];
  readonly parts: Map<number, StagedBytes>;
}

/** Part numbers and ETags in the order the caller lists them. */
function parsePartList(text: string): readonly { number: number; etag: string }[] {
  return [...text.matchAll(/<Part>((?:(?!<Part>)[\s\S])*?)<\/Part>/g)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)<\/PartNumber>/.exec(part)?.[1]),
    etag: /<ETag>(?:"|&quot;|&#34;)?([0-9a-f]+)/.exec(part)?.[1] ?? '',
  }));
}

export function createUploads(files: ObjectFiles): Uploads {
  const open = new Map<string, Upload>();

  function find(uploadId: string): Upload {
    const upload = open.get(uploadId);
    if (!upload) throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.', 404);
    return upload;
  }

  function pick(upload: Upload, partList: string): StagedBytes[] {
    const listed = parsePartList(partList);
    if (listed.some((part, i) => i > 0 && part.number <= (listed[i - 1]?.number ?? 0))) {
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.', 400);
    }
    return listed.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part?.etag === etag) return part;
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.', 400);
    });
  }

  async function close(uploadId: string): Promise<void> {
    const upload = find(uploadId);
    open.delete(uploadId);
    for (const part of upload.parts.values()) await files.discard(part);
  }

  return {
    create(key, headers) {
      const uploadId = randomUUID();
      open.set(uploadId, { key, headers, parts: new Map() });
      return uploadId;
    },
    async addPart(uploadId, partNumber, staged) {
      const { parts } = find(uploadId);
      const replaced = parts.get(partNumber);
      parts.set(partNumber, staged);
      if (replaced) await files.discard(replaced);
    },
    async complete(uploadId, partList, onlyIfAbsent) {
      const upload = find(uploadId);
      const parts = pick(upload, partList);
      if (parts.length === 0) throw new S3Error('MalformedXML', 'The list of parts is empty.', 400);
      const joined = await files.join(parts);
      const digests = createHash('md5');
      for (const part of parts) digests.update(part.etag, 'hex');
      const etag = `${digests.digest('hex')}-${parts.length}`;
      if (!(await files.publish(upload.key, { ...joined, etag }, upload.headers, onlyIfAbsent))) {
        throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      }
      await close(uploadId);
      return etag;
    },
    abort: close,
  };
}
