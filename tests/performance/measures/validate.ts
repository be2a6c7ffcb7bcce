import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { z } from 'zod';
import { observeTime, type Measure } from './measure.ts';

/** Validates a file of so many steps in a process of its own: what a person waits for, and what a server reaches. */
export interface ValidateWork {
  readonly kind: 'validate';
  readonly steps: number;
  /** The codes of what is found: none, or that such a plan is longer than the language allows. */
  readonly found: readonly string[];
}

const ENTRY = fileURLToPath(new URL('../validate-once.ts', import.meta.url));
const Answer = z.strictObject({ firstMs: z.number(), laterMs: z.array(z.number()), found: z.array(z.string()) });

export const measureValidate: Measure<ValidateWork> = async (_ground, _lane, { work, repeats }) =>
  observeTime(async () => {
    const firstMs: number[] = [];
    const laterMs: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      const { stdout } = await execa(process.execPath, [...process.execArgv, ENTRY, String(work.steps)]);
      const answer = Answer.parse(JSON.parse(stdout));
      if (!isDeepStrictEqual(answer.found, work.found)) throw new Error(`validation found ${answer.found.join(', ')}`);
      firstMs.push(answer.firstMs);
      laterMs.push(...answer.laterMs);
    }
    return { firstMs, laterMs };
  });
