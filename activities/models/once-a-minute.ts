/** So long an answer of a server is taken for granted, in milliseconds. */
const FRESH_MS = 60_000;

/** Asks about each model at most once a minute, also when many ask at once. What failed is asked again the next time. */
export function onceAMinute<T>(ask: (model: string) => Promise<T>): (model: string) => Promise<T> {
  const known = new Map<string, { readonly askedAt: number; readonly answer: Promise<T> }>();
  return (model) => {
    const last = known.get(model);
    if (last !== undefined && Date.now() - last.askedAt < FRESH_MS) return last.answer;
    const answer = ask(model);
    known.set(model, { askedAt: Date.now(), answer });
    answer.catch(() => known.delete(model));
    return answer;
  };
}
