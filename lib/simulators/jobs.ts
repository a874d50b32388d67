import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What a simulated platform remembers. With a file it remembers across a kill, as a real platform would. */
export interface Jobs<Job extends { readonly id: string }> {
  get(id: string): Job | undefined;
  put(job: Job): void;
  all(): readonly Job[];
}

/** @param file one JSON document a line, the last of an id counts; a torn last line is skipped. */
export function createJobs<Job extends { readonly id: string }>(file?: string): Jobs<Job> {
  const jobs = new Map<string, Job>();
  if (file !== undefined && existsSync(file)) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const job = readLine<Job>(line);
      if (job !== undefined) jobs.set(job.id, job);
    }
  }
  return {
    get: (id) => jobs.get(id),
    put(job) {
      jobs.set(job.id, job);
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(job)}\n`, { mode: 0o600 });
    },
    all: () => [...jobs.values()],
  };
}

function readLine<Job>(line: string): Job | undefined {
  try {
    return JSON.parse(line) as Job;
  } catch {
    return undefined;
  }
}
