import { z } from 'zod';
import { AnyJson } from '../any-json.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const QueryValue = z.union(
  [Scalar, z.array(Scalar)],
  'text, a number, true, false, null or a list of these is allowed',
);
const HeaderName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/, 'this is no name of a header');
/** One name, which every file system takes, and which is no way to another folder. */
const FILE_NAME = /^(?:[^/\\\p{Cc}.]|\.{1,2}[^/\\\p{Cc}.]|\.{3})[^/\\\p{Cc}]*$/u;
const FILE_NAME_ALLOWED = 'a name of 1 to 100 characters without "/" is allowed';
const VALUE_ALLOWED = 'one line of Latin-1 text, a number, true, false or null is allowed';
const HeaderValue = z.union(
  [z.string().regex(/^[\t -~\x80-\xff]*$/, VALUE_ALLOWED), z.number(), z.boolean(), z.null()],
  VALUE_ALLOWED,
);

/** What a pipeline writes behind `with` of `http.request`. */
export const HttpInput = z.strictObject({
  url: z.string().min(1).describe('http or https; put text that is not yours into `query`, which is percent-encoded'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  query: z
    .record(z.string(), QueryValue)
    .default({})
    .describe('Added to the URL; a list repeats its name, null is left out'),
  headers: z.record(HeaderName, HeaderValue).default({}).describe('null is left out'),
  body: AnyJson.optional().describe('Text goes as it is, everything else as JSON; null sends none'),
  save_as: z
    .string()
    .max(100, FILE_NAME_ALLOWED)
    .regex(FILE_NAME, FILE_NAME_ALLOWED)
    .optional()
    .describe('The name of a file in which the body is kept as it is, up to 50 MiB; `body` is that file then'),
  allow_status: z.array(z.int().min(400).max(599)).default([]).describe('Statuses that do not fail the call'),
});
export type HttpInput = z.infer<typeof HttpInput>;
