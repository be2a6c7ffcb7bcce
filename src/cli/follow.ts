import { followAnswers } from '../answers.ts';
import type { Connection } from '../client.ts';
import type { Note } from './background-worker.ts';
import type { RunView } from '../pipeline/view.ts';
import { followRun, runLink } from '../runs.ts';
import { openDisplay, type Display } from './screen/display.ts';
import { loadEnd } from './load-outputs.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printable } from './screen/printable.ts';
import { endLines, endReport, shortOutputs, undoneLines } from './screen/run-end.ts';
import { selfCommand, shellWord } from './self.ts';
import type { Lines, Terminal } from './screen/terminal.ts';

export interface Followed {
  readonly terminal: Terminal;
  readonly connection: Connection;
  readonly runId: string;
  /** Ends the watching, never the run. */
  readonly signal: AbortSignal;
  /** What models say is shown while they say it. */
  readonly isStreaming?: boolean;
  /** Goes on beside the watching until its signal fires; when it fails, the watching fails. */
  readonly tend?: (note: Note, signal: AbortSignal) => Promise<undefined>;
}

/** Shows a run until it ends, then what it gave; or until the reader has seen enough. */
export async function followToEnd(followed: Followed): Promise<ExitCode> {
  const { terminal, connection, runId } = followed;
  const view = await watchTended(followed);
  if (view?.endedAt === undefined) {
    terminal.note(howToFollow(runId, 'The run goes on without this terminal.'));
    return EXIT.INTERRUPTED;
  }
  const end = await loadEnd(connection, view);
  terminal.answer({ event: 'end', run: endReport(end) }, () => [
    ...undoneLines(view),
    ...endLines(end, shortOutputs(end, terminal.paint), terminal.paint),
  ]);
  return view.status === 'done' ? EXIT.DONE : EXIT.FAILED;
}

/** Says which run this is, and where its history can be read. */
export function announceRun(
  { answer, paint }: Terminal,
  connection: Connection,
  { runId, isNew }: { readonly runId: string; readonly isNew: boolean },
): void {
  const link = runLink(connection, runId);
  answer({ event: 'run', run_id: runId, is_new: isNew, web_ui: link }, () => [
    `${isNew ? 'Started' : 'Following'} ${paint('bold', printable(runId))}`,
    ...(link === undefined ? [] : [paint('dim', link)]),
  ]);
}

/** What to type when nobody watches any more. */
export function howToFollow(runId: string, first: string): Lines {
  const command = `${selfCommand(process.env)} runs`;
  const id = shellWord(runId);
  return [first, `  follow it: ${command} watch ${id}`, `  stop it:   ${command} cancel ${id}`];
}

/** Shows a run until it ends, or until the reader has seen enough; the last view of it. */
export async function watchTended(followed: Followed): Promise<RunView | undefined> {
  const { terminal, tend } = followed;
  const display = openDisplay(terminal);
  const stop = new AbortController();
  const signal = AbortSignal.any([followed.signal, stop.signal]);
  const note: Note = (text) => display.note([terminal.paintNote('dim', text)]);
  // Whichever ends first ends the other, and both have ended before anything is said.
  const tended = tend === undefined ? [] : [tend(note, signal)];
  const both = [watch({ ...followed, signal }, display), ...tended].map((work) => work.finally(() => stop.abort()));
  const streamed = followed.isStreaming === true ? stream({ ...followed, signal }, display) : undefined;
  await Promise.allSettled([...both, streamed]);
  display.close();
  const [view] = await Promise.all([...both, streamed]);
  return view;
}

async function stream({ connection, runId, signal }: Followed, display: Display): Promise<undefined> {
  for await (const piece of followAnswers(connection, runId, { signal })) display.add(runId, piece);
}

/** The last view that was seen; undefined when there was none. */
async function watch({ connection, runId, signal }: Followed, display: Display): Promise<RunView | undefined> {
  let last: RunView | undefined;
  for await (const view of followRun(connection, runId, { signal })) {
    last = view;
    display.update(view);
  }
  return last;
}
