import { z } from 'zod';
import type { StepSpec } from '../spec.ts';
import { namedBy } from './value.ts';

/*
 * Steps inside a step. The schemas here look no further than the map that they stand in: each step is read by the
 * schema of its own kind (`problems.ts`), so that what is wrong with it is told as for any other.
 */

/** Steps by id. */
export interface StepMap {
  readonly [id: string]: StepSpec;
}

declare module 'zod' {
  interface GlobalMeta {
    /** Steps stand here: one, a map of them by id, or a map by any text; or a whole pipeline. */
    inner?: 'step' | 'steps' | 'cases' | 'pipeline';
  }
}

export const stepsAllowed = 'a map of step ids to steps';
export const InnerSteps = (namedBy(z.unknown(), stepsAllowed) as unknown as z.ZodType<StepMap>).meta({
  inner: 'steps',
});

export const casesAllowed = 'a map of values to steps';
export const InnerCases = (
  z.record(z.string(), z.unknown(), { error: casesAllowed }) as unknown as z.ZodType<StepMap>
).meta({
  inner: 'cases',
});

/** A step by itself. TypeScript cannot follow a union into itself, so this says only that it is one. */
export interface OneStep {
  readonly [key: string]: unknown;
}

export const InnerStep = (z.unknown() as z.ZodType<OneStep>).meta({ inner: 'step' });

/** A pipeline in a pipeline. Nothing around it can be read in it: it is read when the plan of it is made. */
export const InnerPipeline = (z.looseObject({}) as unknown as z.ZodType<OneStep>).meta({ inner: 'pipeline' });
