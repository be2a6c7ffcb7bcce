import type { JsonObject } from './json.ts';

/** A file that came with the inputs of a run, as expressions see it. Its bytes are in the artifact store. */
export interface FileRef {
  /** In the workspace of the run: `inputs/<input>/<name>`. */
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly media_type: string;
}

export const INPUT_FILE_BYTES_MAX = 100 * 1024 * 1024;
export const INPUT_FILES_MAX = 1000;
/** The folder of a workspace in which the files of the inputs are. */
export const INPUTS_FOLDER = 'inputs';

const FILE: JsonObject = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    name: { type: 'string' },
    bytes: { type: 'integer' },
    sha256: { type: 'string' },
    media_type: { type: 'string' },
  },
  required: ['path', 'name', 'bytes', 'sha256', 'media_type'],
  additionalProperties: false,
};

/** What expressions see of an input that is a file, or several. */
export const FILE_SCHEMAS = {
  file: FILE,
  files: { type: 'array', items: FILE, maxItems: INPUT_FILES_MAX },
} as const satisfies Readonly<Record<'file' | 'files', JsonObject>>;

const NAME_CHARS_MAX = 100;

/** Names that every file system takes, each once: what may mean something in a path is replaced. */
export function safeNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const { stem, ending } = parts(safe(name));
    let free = `${stem}${ending}`;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem}-${count}${ending}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

function safe(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}\p{M} ._()@+,=-]/gu, '_').trim();
  return plain.replace(/^\.+/, '_').replace(/\.+$/, '_') || 'file';
}

/** The ending stays when a name is cut. */
function parts(name: string): { readonly stem: string; readonly ending: string } {
  const [, stem = name, ending = ''] = /^(.+?)((?:\.[\p{L}\p{N}]{1,10}){1,2})$/u.exec(name) ?? [];
  return { stem: Array.from(stem).slice(0, NAME_CHARS_MAX).join(''), ending };
}

/** By the ending of the name; what is not known are just bytes. */
export function mediaTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return MEDIA_TYPES.get(ending) ?? 'application/octet-stream';
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['txt', 'text/plain'],
  ['log', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['css', 'text/css'],
  ['js', 'text/javascript'],
  ['ts', 'text/plain'],
  ['py', 'text/x-python'],
  ['xml', 'application/xml'],
  ['json', 'application/json'],
  ['jsonl', 'application/jsonl'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['pdf', 'application/pdf'],
  ['rtf', 'application/rtf'],
  ['zip', 'application/zip'],
  ['gz', 'application/gzip'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['svg', 'image/svg+xml'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
]);
