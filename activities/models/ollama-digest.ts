import { fieldOf } from './vendor-error.ts';

/** So long an answer of the server is taken for granted, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * The digest of a model on an Ollama server: pulling a model again may put another one behind its name. Undefined when
 * the server does not list it. `ask` gives the answer of `/api/tags`, on behalf of a model; it is asked once a minute,
 * and when a name is new.
 */
export function digestFinder(ask: (model: string) => Promise<unknown>): (model: string) => Promise<string | undefined> {
  let known: { readonly askedAt: number; readonly digests: Promise<ReadonlyMap<string, string>> } | undefined;
  const askAgain = (model: string): Promise<ReadonlyMap<string, string>> => {
    const digests = ask(model).then(digestsIn);
    known = { askedAt: Date.now(), digests };
    digests.catch(() => {
      known = undefined;
    });
    return digests;
  };
  return async (model) => {
    const name = fullName(model);
    if (known === undefined || Date.now() - known.askedAt > FRESH_MS) return (await askAgain(model)).get(name);
    return (await known.digests).get(name) ?? (await askAgain(model)).get(name);
  };
}

function digestsIn(answer: unknown): ReadonlyMap<string, string> {
  const models = fieldOf(answer, 'models');
  const entries = (Array.isArray(models) ? models : []).map((each: unknown): [string, string] => [
    fullName(String(fieldOf(each, 'name'))),
    String(fieldOf(each, 'digest')),
  ]);
  return new Map(entries);
}

/** Names are not told apart by case, and the tag that stands for none is `latest`. */
function fullName(model: string): string {
  const name = model.toLowerCase();
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`;
}
