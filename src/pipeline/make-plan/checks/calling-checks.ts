import type { CallingCheck } from './calling-check.ts';
import { groundedIn } from './grounded-in.ts';
import { judge } from './judge.ts';
import { toolCheck } from './tool-check.ts';

/** Every check that makes calls of its own. */
export const CALLING_CHECKS: readonly CallingCheck[] = [groundedIn, judge, toolCheck];
