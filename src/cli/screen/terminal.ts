import { styleText } from 'node:util';
import { EXIT } from '../exit-code.ts';
import { printable } from './printable.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Colours a text for one stream; gives it back as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;
export type Lines = readonly string[];

/** Where a command's answer and its remarks go. One is made per process, in `main.ts`. */
export interface Terminal {
  readonly isJson: boolean;
  /** True when stdout is a screen that can be redrawn. */
  readonly isLive: boolean;
  /** True when a person reads the remarks. */
  readonly isNoteScreen: boolean;
  /** In characters; without end where nothing is cut off. */
  readonly size: { readonly columns: number; readonly rows: number };
  readonly paint: Paint;
  readonly paintNote: Paint;
  /** The answer, on stdout: one JSON line with `--json`, otherwise the lines that `render` makes. */
  readonly answer: (data: object, render: () => Lines) => void;
  /** The content of a file, on stdout: as it is, or in the JSON line with `--json`. */
  readonly print: (data: object, bytes: Uint8Array) => void;
  /** A remark for people, on stderr. */
  readonly note: (lines: Lines) => void;
}

export const plain: Paint = (_style, text) => text;

/** Dumb terminals (`TERM=dumb`, CI logs that pretend to be one) cannot move the cursor. */
export function openTerminal(isJson: boolean, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const { stdout, stderr } = process;
  stdout.on('error', endWithReader);
  return {
    isJson,
    isLive: !isJson && stdout.isTTY && environment['TERM'] !== 'dumb',
    isNoteScreen: !isJson && stderr.isTTY,
    get size() {
      return { columns: stdout.columns ?? Infinity, rows: stdout.rows ?? Infinity };
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    paintNote: (style, text) => styleText(style, text, { stream: stderr }),
    answer(data, render) {
      write(stdout, isJson ? [JSON.stringify(data)] : render());
    },
    print(data, bytes) {
      const content = Buffer.from(bytes);
      if (isJson) write(stdout, [JSON.stringify({ ...data, base64: content.toString('base64') })]);
      else stdout.write(stdout.isTTY ? printable(content.toString()) : content);
    },
    note: (lines) => write(stderr, lines),
  };
}

/** Whoever read the answer (`head`) has gone, or its disk is full. */
function endWithReader(): void {
  process.exit(EXIT.FAILED);
}

function write(stream: NodeJS.WriteStream, lines: Lines): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}
