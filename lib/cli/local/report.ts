/** Lines for people: one per change of a run, and a table at the end. */
import { formatDuration } from '../../domain/duration.ts';
import { paintStatus } from '../frame/status-paint.ts';
import type { RunView } from '../target/api-client.ts';
import type { DemoResult } from './demo.ts';

const FLOW_WIDTH = 18;
const PLATFORM_WIDTH = 12;
const STATUS_WIDTH = 24;

export interface Reporter {
  line(text: string): void;
  change(run: RunView, note?: string): void;
  table(results: readonly DemoResult[]): void;
}

/** @param write prints a line. @param color false when the output is not a terminal. */
export function createReporter(write: (line: string) => void, color: boolean): Reporter {
  const paint = (status: string) => {
    const text = status.padEnd(STATUS_WIDTH);
    return color ? paintStatus(status, text) : text;
  };
  return {
    line: write,
    change(run, note) {
      const sinceMs = Date.now() - Date.parse(run.createdAt);
      const at = `+${(sinceMs / 1_000).toFixed(1)}s`.padStart(7);
      write(`${at}  ${run.flowId.padEnd(FLOW_WIDTH)} ${paint(run.status)} ${note ?? happening(run)}`.trimEnd());
    },
    table(results) {
      write('');
      for (const { demo, run, output, asExpected } of results) {
        const tookMs = Date.parse(run.endedAt ?? run.createdAt) - Date.parse(run.createdAt);
        const mark = asExpected ? 'ok' : 'NOT AS EXPECTED';
        write(
          `${run.flowId.padEnd(FLOW_WIDTH)} ${run.provider.padEnd(PLATFORM_WIDTH)} ${paint(run.status)} ${formatDuration(tookMs).padStart(6)}  ${`${run.looks} looks`.padEnd(8)}  ${mark}`,
        );
        write(`${' '.repeat(FLOW_WIDTH + 1)}${demo.title}${brought(output)}`);
        if (run.error !== undefined) write(`${' '.repeat(FLOW_WIDTH + 1)}${run.error.message}`);
      }
    },
  };
}

function happening(run: RunView): string {
  const percentage = run.progress?.percentage;
  const said = [
    run.remoteStatus === undefined ? undefined : `"${run.remoteStatus}"`,
    percentage === undefined ? undefined : `${percentage} %`,
    run.progress?.message,
    run.waitingFor?.url,
  ];
  return said.filter((part) => part !== undefined).join('  ');
}

function brought({ value, files }: DemoResult['output']): string {
  const parts = files.map((file) => `${file.name} (${file.bytes} bytes)`);
  if (value !== undefined) parts.push(shorten(JSON.stringify(value)));
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function shorten(text: string): string {
  return text.length <= 90 ? text : `${text.slice(0, 89)}…`;
}
