/** Text that is HTML or XML already. */
export interface Markup {
  readonly kind: 'markup';
  readonly text: string;
}

/** What another program has written, and escaped. */
export function asMarkup(text: string): Markup {
  return { kind: 'markup', text };
}

type Part = string | number | Markup | undefined | readonly Markup[];

/** HTML or XML with values in it. Every value that is not markup itself is escaped, so that no text of a model becomes any. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const text = strings.map((string, index) => string + (index < parts.length ? shown(parts[index]) : ''));
  return asMarkup(text.join(''));
}

function shown(part: Part): string {
  if (part === undefined) return '';
  if (typeof part !== 'object') return escaped(String(part));
  return 'text' in part ? part.text : part.map(({ text }) => text).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that XML does not have at all, not even as entities, and those that turn the direction of writing round. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

function escaped(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd').replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] as string);
}
