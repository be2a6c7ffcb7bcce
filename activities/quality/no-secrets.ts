import { z } from 'zod';
import { runInThread } from '../threads/run-in-thread.ts';
import { defineCheck } from './check.ts';
import { cannotLook, linesOf, shownPlaces } from './texts-of.ts';

export const noSecrets = defineCheck({
  name: 'no_secrets',
  description: 'Holds when no text of the output looks like a key, a token or a password of a known kind.',
  options: z.literal(true, 'true is allowed'),
  readsOutput: false,
  example: true,
  async run(subject, _, { signal }) {
    const content = linesOf(subject, WANTED);
    // The rules are others' regular expressions, and what they look at may be made to keep them busy.
    const found = await runInThread('findSecrets', { content }, { signal, timeMs: 20_000, memoryMib: 512, refuse });
    if (found.length === 0) return { passed: true, score: 1, reason: 'No secret was found' };
    return { passed: false, score: 0, reason: `The text holds what looks like a secret: ${shownPlaces(found)}` };
  },
});

const WANTED = 'secrets';
const refuse = cannotLook.bind(undefined, WANTED);
