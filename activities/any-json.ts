import { z } from 'zod';
import type { Json } from '../src/pipeline/json.ts';

/** Any value. What crosses a tool's boundary is JSON already, so there is nothing left to look for in it. */
export const AnyJson = z.unknown() as z.ZodType<Json>;
