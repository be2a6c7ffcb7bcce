import { extractText, getDocumentProxy } from 'unpdf';
import { PipelineError } from '../../src/errors.ts';

export interface PdfText {
  readonly text: string;
  readonly pages: number;
}

const PAGES_MAX = 5000;
const TEXT_CHARACTERS_MAX = 10 * 1024 * 1024;

/** The text of a PDF, its pages divided by form feeds. Throws `TOOL_OUTPUT_INVALID`; `name` is for its sentence. */
export async function readPdf({ bytes, name }: { bytes: Uint8Array; name: string }): Promise<PdfText> {
  const refuse = (reason: string): PipelineError =>
    new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read ${name}: ${reason}`);
  const texts = await textsOf(bytes, refuse);
  const text = texts.join('\f');
  if (text.length <= TEXT_CHARACTERS_MAX) return { text, pages: texts.length };
  throw refuse(`its text has ${text.length} characters, at most ${TEXT_CHARACTERS_MAX} are allowed`);
}

async function textsOf(bytes: Uint8Array, refuse: (reason: string) => PipelineError): Promise<readonly string[]> {
  try {
    const document = await getDocumentProxy(bytes, { useSystemFonts: false, verbosity: 0 });
    if (document.numPages > PAGES_MAX)
      throw refuse(`it has ${document.numPages} pages, at most ${PAGES_MAX} are allowed`);
    return (await extractText(document)).text;
  } catch (error) {
    throw error instanceof PipelineError ? error : refuse(reasonOf(error as Error));
  }
}

function reasonOf({ name, message }: Error): string {
  if (name === 'PasswordException') return 'it is encrypted, and a password is needed';
  return `it is no PDF that can be read (${message.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200)})`;
}
