import type { Json } from '../../pipeline/json.ts';
import { printable } from './printable.ts';
import type { Lines, Paint } from './terminal.ts';

/** What is shown of one output before the reader is told how to see it all. */
const SHOWN_LINES_MAX = 12;
const SHOWN_CHARACTERS_MAX = 1200;

/** Named values, one after the other; texts as they are, everything else as JSON. */
export function valuesLines(values: Readonly<Record<string, Json>>, paint: Paint): Lines {
  return Object.entries(values).flatMap(([name, value]) => valueLines(name, valueText(value), paint));
}

/** The same, but long values end early; `how` says what shows the rest. */
export function shortValuesLines(values: Readonly<Record<string, Json>>, how: string, paint: Paint): Lines {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = valueText(value);
    const start = beginningOf(text);
    if (start === text) return valueLines(name, text, paint);
    const more = text.length - start.length;
    return [...valueLines(name, start, paint), paint('dim', `    … ${more} more characters: ${how}`)];
  });
}

function valueText(value: Json): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value, null, 2)).trimEnd();
}

function valueLines(name: string, text: string, paint: Paint): Lines {
  const lines = text.split('\n');
  if (lines.length === 1 && name.length + text.length < 100) return [`  ${paint('bold', name)}: ${text}`];
  return [`  ${paint('bold', name)}:`, ...lines.map((line) => `    ${line}`)];
}

function beginningOf(text: string): string {
  const lines = text.split('\n');
  const start = lines.length > SHOWN_LINES_MAX ? lines.slice(0, SHOWN_LINES_MAX).join('\n') : text;
  return start.length > SHOWN_CHARACTERS_MAX ? start.slice(0, SHOWN_CHARACTERS_MAX) : start;
}
