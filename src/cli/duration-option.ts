import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../pipeline/duration.ts';

/** The milliseconds of a duration on the command line. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Allowed are durations such as 30s, 10m or 2h.');
  return ms;
}
