import { createInterface } from 'node:readline/promises';

/** Puts a question and gives the line that was typed. */
export type AskLine = (prompt: string) => Promise<string>;

/** Talks with the person at the terminal; undefined when that person has had enough (Ctrl-C, Ctrl-D). */
export async function askPerson<T>(talk: (ask: AskLine) => Promise<T>): Promise<T | undefined> {
  const left = new AbortController();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('close', () => left.abort());
  try {
    return await talk(async (prompt) => (await lines.question(prompt, { signal: left.signal })).trim());
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    lines.close();
  }
}
