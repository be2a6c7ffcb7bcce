import { InvalidArgumentError } from 'commander';

const LIMIT_MAX = 1000;

/** How it is described in the help. */
export const LIMIT_HELP = `how many at most, from 1 to ${LIMIT_MAX}`;

/** The number of `--limit`. */
export function limitOption(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`Allowed are whole numbers from 1 to ${LIMIT_MAX}.`);
}
