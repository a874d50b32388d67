/** Statuses in colours, for terminals. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  SUCCEEDED: 'green',
  SUCCEEDED_WITH_WARNINGS: 'green',
  HANDED_OFF: 'green',
  FAILED: 'red',
  TIMED_OUT: 'red',
  FALLOUT: 'yellow',
  CANCELED: 'gray',
  WAITING_FOR_INPUT: 'cyan',
};

/** Of the text, which says the status; the caller knows whether it goes to a terminal. */
export function paintStatus(status: string, text: string): string {
  const style = STYLES[status];
  return style === undefined ? text : styleText(style, text, { validateStream: false });
}

export interface Paint {
  status(status: string, text?: string): string;
  strong(text: string): string;
  weak(text: string): string;
  alarm(text: string): string;
}

/** Colours where the stream is a terminal that takes them (`NO_COLOR` and `FORCE_COLOR` are honoured), else none. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const style = (kind: Style) => (text: string) => styleText(kind, text, { stream });
  return {
    status(status, text = status) {
      const kind = STYLES[status];
      return kind === undefined ? text : style(kind)(text);
    },
    strong: style('bold'),
    weak: style('dim'),
    alarm: style('yellow'),
  };
}
