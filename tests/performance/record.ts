import { z } from 'zod';

/** One measurement of one lane: raw samples by metric, and what the processes used meanwhile. */
export const Measured = z.strictObject({
  samples: z.record(z.string(), z.array(z.number())),
  wallMs: z.number(),
  workerCpuMs: z.number(),
  serverCpuMs: z.number(),
  workerBytes: z.number(),
});

/** What was run, on what. The first line of a file. */
export const Header = z.strictObject({
  type: z.literal('header'),
  date: z.iso.datetime(),
  commit: z.string(),
  hasChanges: z.boolean(),
  command: z.string(),
  seed: z.number(),
  versions: z.record(z.string(), z.string()),
  profiles: z.record(z.string(), z.array(z.string())),
  machine: z.strictObject({ cpus: z.number(), model: z.string(), memoryBytes: z.number(), system: z.string() }),
});

/** All lanes of a scenario, measured one directly after the other. */
export const Round = z.strictObject({
  type: z.literal('round'),
  scenario: z.string(),
  round: z.number(),
  startedAt: z.iso.datetime(),
  /** Of the fixed piece of work, before and after the round. */
  spinMs: z.array(z.number()),
  /** Of the whole machine; absent where it cannot be measured. */
  othersShare: z.number().optional(),
  load: z.number(),
  lanes: z.record(z.string(), Measured),
});

/** A scenario that could not be measured. */
export const Failure = z.strictObject({ type: z.literal('failure'), scenario: z.string(), message: z.string() });

const Line = z.discriminatedUnion('type', [Header, Round, Failure]);

export type Measured = z.infer<typeof Measured>;
export type Header = z.infer<typeof Header>;
export type Round = z.infer<typeof Round>;
export type Failure = z.infer<typeof Failure>;

export interface Recording {
  readonly header: Header;
  readonly rounds: readonly Round[];
  readonly failures: readonly Failure[];
}

/** Reads the lines of a recording. */
export function parseRecording(text: string): Recording {
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line) => Line.parse(JSON.parse(line)));
  const header = lines.find((line) => line.type === 'header');
  if (header === undefined) throw new Error('the file is not a recording: it has no header');
  return {
    header,
    rounds: lines.filter((line) => line.type === 'round'),
    failures: lines.filter((line) => line.type === 'failure'),
  };
}
