import type { Check } from './check.ts';
import { contains } from './contains.ts';
import { expect } from './expect.ts';
import { length } from './length.ts';
import { matches } from './matches.ts';
import { noPii } from './no-pii.ts';
import { noSecrets } from './no-secrets.ts';
import { schema } from './schema.ts';
import { similarTo } from './similar-to.ts';

/** Every built-in check. */
export const checks: readonly Check[] = [expect, schema, length, matches, contains, similarTo, noSecrets, noPii];
