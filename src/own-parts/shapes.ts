import { z } from 'zod';
import { EFFECTS } from '../pipeline/plan.ts';

/** What the file exports may be anything: its types are for those who have an editor. */

const NAME_ALLOWED = 'words of small letters, digits and "_", with dots between them, such as "orders.find"';
const KEY_ALLOWED = 'small letters, digits and "_", such as "polite"';

const Schema = z.custom<z.ZodType>(isSchema, { error: 'a schema of zod 4 is allowed' });
const Run = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', {
  error: 'a function is allowed',
});
const Text = z.string().min(1, { error: 'a text is allowed' });
const EffectShape = z.enum(EFFECTS, { error: `allowed are ${EFFECTS.join(', ')}` });
const Milliseconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .optional();

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

const ToolShape = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/u, { error: `allowed are ${NAME_ALLOWED}` }),
  description: Text,
  effect: EffectShape,
  effectBy: z.strictObject({ field: Text, values: z.record(z.string(), EffectShape), absent: EffectShape }).optional(),
  input: Schema,
  output: Schema,
  timeoutMs: Milliseconds,
  version: Text.optional(),
  isInWorkspace: z.boolean().optional(),
  run: Run,
});

const CheckShape = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/u, { error: `allowed are ${KEY_ALLOWED}` }),
  description: Text,
  options: Schema,
  readsOutput: z.boolean().optional(),
  example: z.json().optional(),
  run: Run,
});

/** A secret stands for a text, and so does what a template string makes of one. */
const Texts = z
  .record(
    z.string(),
    z
      .custom<unknown>((value) => typeof value === 'string' || isSecret(value), { error: 'a text is allowed' })
      .transform(String),
  )
  .optional();

function isSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return /^\$\{\{ secrets\.\w+ \}\}$/u.test((value as { toString(): string }).toString());
}

const ServerShape = z
  .strictObject({
    command: z.array(Text).min(1).optional(),
    env: Texts,
    cwd: Text.optional(),
    url: Text.optional(),
    headers: Texts,
    allow: z.array(Text).optional(),
    timeoutMs: Milliseconds,
    effects: z.record(z.string(), EffectShape).optional(),
    trustHints: z.boolean().optional(),
  })
  .superRefine(({ command, url, env, cwd, headers }, context) => {
    if ((command === undefined) === (url === undefined)) context.addIssue('either "command" or "url" is needed');
    if (url !== undefined && (env !== undefined || cwd !== undefined))
      context.addIssue('"env" and "cwd" belong to a "command"');
    if (command !== undefined && headers !== undefined) context.addIssue('"headers" belong to a "url"');
  });

export const ConfigShape = z.strictObject(
  {
    tools: z.array(ToolShape).default([]),
    checks: z.array(CheckShape).default([]),
    models: z.record(z.string(), z.json()).default({}),
    mcp: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_-]*$/u, { error: 'a name is small letters, digits, "_" and "-"' }),
        ServerShape,
      )
      .default({}),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'it exports no configuration: `export default defineConfig({ … })`' : undefined,
  },
);

export type ToolShape = z.infer<typeof ToolShape>;
export type CheckShape = z.infer<typeof CheckShape>;
export type ServerShape = z.infer<typeof ServerShape>;
