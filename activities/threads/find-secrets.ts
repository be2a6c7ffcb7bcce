import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

/** The kinds of what looks like a secret, each with its line. */
export async function findSecrets({ content }: { content: string }): Promise<readonly string[]> {
  const { messages } = await lintSource({
    source: { filePath: 'output', content, contentType: 'text', ext: '' },
    options: { config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] } },
  });
  return messages.map(({ messageId, loc }) => `${messageId} in line ${loc.start.line}`);
}
