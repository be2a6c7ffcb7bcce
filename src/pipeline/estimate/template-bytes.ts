import type { Code, Template, TextPart } from '../plan.ts';
import { type Bytes, jsonBytes, textBytes, total } from './bytes.ts';
import { codeBytes, type SizeOf } from './code-bytes.ts';

/** The most that a value with holes becomes. */
export function templateBytes(template: Template, sizeOf: SizeOf): Bytes {
  return bytesOf(template, (code) => codeBytes(code, sizeOf));
}

/** The same without the holes of which nobody knows how much goes into them. */
export function knownBytes(template: Template, sizeOf: SizeOf): number {
  return bytesOf(template, (code) => codeBytes(code, sizeOf) ?? 0) as number;
}

type BytesOfCode = (code: Code) => Bytes;

function bytesOf(template: Template, ofCode: BytesOfCode): Bytes {
  switch (template.kind) {
    case 'literal':
      return jsonBytes(template.value);
    case 'expression':
      return ofCode(template.expression.code);
    case 'secret':
      return 0;
    case 'text':
      return total(template.parts.map((part) => partBytes(part, ofCode)));
    case 'list':
      return total([2, ...template.items.map((item) => total([3, bytesOf(item, ofCode)]))]);
    case 'map':
      return total([2, ...Object.entries(template.entries).map(([key, value]) => entryBytes(key, value, ofCode))]);
  }
}

function partBytes(part: TextPart, ofCode: BytesOfCode): Bytes {
  if (part.kind === 'text') return textBytes(part.text);
  return part.kind === 'secret' ? 0 : ofCode(part.expression.code);
}

function entryBytes(key: string, value: Template, ofCode: BytesOfCode): Bytes {
  return total([textBytes(key) + 6, bytesOf(value, ofCode)]);
}
