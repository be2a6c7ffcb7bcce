import { z } from 'zod';
import type { Json } from '../../src/pipeline/json.ts';
import { defineCheck } from './check.ts';

export const noSecrets = defineCheck({
  name: 'no_secrets',
  description: 'Holds when no text of the output looks like a key, a token or a password of a known kind.',
  options: z.literal(true, 'true is allowed'),
  readsOutput: false,
  example: true,
  async run(subject) {
    const found = await findSecrets(textsOf(subject).join('\n'));
    if (found.length === 0) return { passed: true, score: 1, reason: 'No secret was found' };
    const shown = found.slice(0, SHOWN_MAX);
    const more = found.length > SHOWN_MAX ? ` and ${found.length - SHOWN_MAX} more` : '';
    // What was found is told by its kind and place only: a reason is kept, shown and sent to models.
    return { passed: false, score: 0, reason: `The text holds what looks like a secret: ${shown.join(', ')}${more}` };
  },
});

const SHOWN_MAX = 5;

/** Every text in a value, names of fields included: as JSON its line breaks would be escaped, and keys not be found. */
function textsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsOf(each)]);
}

/** The kinds of what was found, each with its line. */
async function findSecrets(content: string): Promise<readonly string[]> {
  // Some twenty rules, which only those load who check for secrets.
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ]);
  const { messages } = await lintSource({
    source: { filePath: 'output', content, contentType: 'text', ext: '' },
    options: { config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] } },
  });
  return messages.map(({ messageId, loc }) => `${messageId} in line ${loc.start.line}`);
}
