/** Receives one line of plain text for everything that set-up does. */
export type Progress = (line: string) => void;

/** Says what has been reached so far; shown with the next sign of life. */
export type Note = (text: string) => void;

const SIGN_OF_LIFE_MS = 30_000;

interface Title {
  readonly title: string;
  readonly signOfLifeMs?: number;
}

/** Runs work that may take minutes: says when it begins, that it still goes on, and how long it took. */
export async function timed<T>(
  progress: Progress,
  { title, signOfLifeMs = SIGN_OF_LIFE_MS }: Title,
  work: (note: Note) => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  let reached = '';
  const elapsed = (): string => formatSeconds(Date.now() - startedAt);
  progress(title);
  const timer = setInterval(() => progress(`  still at it after ${elapsed()}${reached}`), signOfLifeMs);
  try {
    const result = await work((text) => (reached = `, ${text}`));
    progress(`  done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** `0.4 s`, `12 s`, `2 min 5 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** `12 MB`. */
export function formatMegabytes(bytes: number): string {
  return `${Math.floor(bytes / MEGABYTE)} MB`;
}

const MEGABYTE = 1024 * 1024;
