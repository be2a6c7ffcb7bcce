import { type ErrorCode, PipelineError } from '../../src/errors.ts';

/** What a thread can do; each is loaded by the thread that does it, and by no other. */
const works = {
  findSecrets: async () => (await import('./find-secrets.ts')).findSecrets,
  queryData: async () => (await import('./query-data.ts')).queryData,
  readPdf: async () => (await import('./read-pdf.ts')).readPdf,
  readPage: async () => (await import('./read-page.ts')).readPage,
  runJavascript: async () => (await import('./run-javascript.ts')).runJavascript,
};
export type Works = { [Name in keyof typeof works]: Awaited<ReturnType<(typeof works)[Name]>> };

/** What a thread says at its end. Anything but our own errors ends it by itself. */
export type Reply =
  | { readonly isDone: true; readonly output: unknown }
  | { readonly isDone: false; readonly code: ErrorCode; readonly message: string };

/** Does one piece of work, where it is called. */
export async function replyTo({ name, input }: { name: keyof Works; input: never }): Promise<Reply> {
  const work = await works[name]();
  try {
    return { isDone: true, output: await work(input) };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return { isDone: false, code: error.code, message: error.message };
  }
}
