import type { z } from 'zod';
import type { StepKey } from '../../pipeline/spec.ts';

/** The section of the reference about a kind of step. `example` is a pipeline; a test makes the plan of it. */
export interface KindSection {
  readonly kind: StepKey;
  readonly title: string;
  readonly text: string;
  /** Of the maps that stand behind its keys. */
  readonly tables?: readonly KeyTable[];
  readonly example: string;
  /** Other files that the example names, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface KeyTable {
  readonly text: string;
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

/** The section about keys that any step may have. */
export interface ModifierSection {
  readonly title: string;
  /** The key that the section is about. */
  readonly name: string;
  readonly text: string;
  /** The keys of its table. */
  readonly shape: Readonly<Record<string, z.ZodType>>;
  readonly example: string;
}
