async function* streamOf<T>(items: readonly unknown[]): AsyncGenerator<T> {
  for (const item of items) yield item as T;
}

/** Reads a stream of these items, and gives the pieces that were passed on besides the answer. */
export async function read<Item, Answer>(
  reader: (stream: AsyncIterable<Item>, onDelta: (text: string) => void) => Promise<Answer>,
  items: readonly unknown[],
): Promise<{ answer: Answer; deltas: string[] }> {
  const deltas: string[] = [];
  const answer = await reader(streamOf<Item>(items), (text) => deltas.push(text));
  return { answer, deltas };
}
