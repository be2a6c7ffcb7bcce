/** Pipelines as a generator makes them, and as text for the product. They hold whole numbers, so that two evaluators agree. */

/** A value that an expression reads. Of an output it reads how long its JSON is, of a status how long its name is. */
export type Read =
  | { readonly of: 'output' | 'status' | 'previous'; readonly id: string }
  | { readonly of: 'name' | 'input'; readonly id: string };

/** A sum. */
export interface Sum {
  readonly base: number;
  readonly terms: readonly { readonly read: Read; readonly factor: number }[];
}

/** Whether a sum divided by `by` leaves `rest`. */
export interface Test {
  readonly sum: Sum;
  readonly by: number;
  readonly rest: number;
}

export interface Block {
  readonly steps: readonly Step[];
  /** Without it, the outputs of its steps by id. */
  readonly outputs?: Readonly<Record<string, Sum>>;
}

export type Body =
  | { readonly kind: 'set'; readonly value: Sum }
  | { readonly kind: 'fail' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'group'; readonly block: Block }
  | { readonly kind: 'switch'; readonly on: Sum; readonly cases: readonly Step[]; readonly other?: Step }
  | { readonly kind: 'pipeline'; readonly input: Sum; readonly block: Block & { outputs: Record<string, Sum> } };

export type OnError =
  | { readonly kind: 'fail' | 'continue' }
  | { readonly kind: 'value'; readonly value: Sum }
  | { readonly kind: 'steps'; readonly block: Block };

export interface Step {
  readonly id: string;
  readonly body: Body;
  readonly needs: readonly string[];
  readonly joins: boolean;
  readonly when?: Test;
  readonly otherwise?: number;
  /** Goes through the numbers from 0. The remainder of `over` and `by` says how many, and `atLeast` is added. */
  readonly forEach?: {
    readonly over: Sum;
    readonly by: number;
    readonly atLeast: number;
    readonly concurrency: number;
    readonly mayFail: boolean;
    readonly hasKeys: boolean;
  };
  readonly repeat?: { readonly max: number; readonly until?: Test; readonly mustHold: boolean };
  readonly onError: OnError;
  /** Of forms only. */
  readonly attempts: number;
}

/** The codes with which these steps fail. */
export const CODES = ['STEP_REFUSED', 'SWITCH_NO_CASE', 'REPEAT_MAX'] as const;

export const itemName = (id: string): string => `item_${id}`;
export const indexName = (id: string): string => `index_${id}`;

/** The block as the language has it. */
export function specOf({ steps }: Block): Record<string, unknown> {
  return Object.fromEntries(steps.map((step) => [step.id, stepSpec(step)]));
}

export function outputSpec(outputs: Readonly<Record<string, Sum>>): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).map(([name, sum]) => [name, hole(sumText(sum))]));
}

function stepSpec(step: Step): Record<string, unknown> {
  const { id, needs, joins, when, otherwise, forEach, repeat, attempts } = step;
  return {
    ...(needs.length === 0 ? {} : { needs }),
    ...(joins ? { join: 'settled' } : {}),
    ...(when === undefined ? {} : { if: hole(testText(when)) }),
    ...(otherwise === undefined ? {} : { else: otherwise }),
    ...(forEach === undefined
      ? {}
      : {
          for_each: hole(`range((${sumText(forEach.over)}) % ${forEach.by} + ${forEach.atLeast})`),
          as: itemName(id),
          index: indexName(id),
          concurrency: forEach.concurrency,
          on_item_error: forEach.mayFail ? 'continue' : 'fail',
          ...(forEach.hasKeys ? { key: hole(`'k' + string(${itemName(id)})`) } : {}),
        }),
    ...(repeat === undefined
      ? {}
      : {
          repeat: {
            max: repeat.max,
            ...(repeat.until === undefined ? {} : { until: hole(testText(repeat.until)) }),
            on_max: repeat.mustHold ? 'fail' : 'continue',
          },
        }),
    ...(attempts === 1 ? {} : { retry: { attempts, backoff: '1ms', retry_on: CODES } }),
    ...bodySpec(step.body),
    on_error: onErrorSpec(step.onError),
  };
}

function bodySpec(body: Body): Record<string, unknown> {
  switch (body.kind) {
    case 'set':
      return { set: hole(sumText(body.value)) };
    case 'fail':
      return { fail: 'as it must' };
    case 'wait':
      return { wait: '1ms' };
    case 'group':
      return blockSpec(body.block);
    case 'switch':
      return {
        switch: hole(`'k' + string((${sumText(body.on)}) % 3)`),
        cases: specOf({ steps: body.cases }),
        ...(body.other === undefined ? {} : { default: stepSpec(body.other) }),
      };
    case 'pipeline':
      return {
        pipeline: {
          name: 'inner',
          inputs: { given: { type: 'integer' } },
          steps: specOf(body.block),
          outputs: outputSpec(body.block.outputs),
        },
        with: { given: hole(sumText(body.input)) },
      };
  }
}

function blockSpec(block: Block): Record<string, unknown> {
  return { steps: specOf(block), ...(block.outputs === undefined ? {} : { outputs: outputSpec(block.outputs) }) };
}

function onErrorSpec(onError: OnError): unknown {
  switch (onError.kind) {
    case 'value':
      return { value: hole(sumText(onError.value)) };
    case 'steps':
      return blockSpec(onError.block);
    default:
      return onError.kind;
  }
}

function sumText({ base, terms }: Sum): string {
  return [String(base), ...terms.map(({ read, factor }) => `${factor} * ${readText(read)}`)].join(' + ');
}

function testText({ sum, by, rest }: Test): string {
  return `(${sumText(sum)}) % ${by} == ${rest}`;
}

function readText(read: Read): string {
  switch (read.of) {
    case 'output':
      return `size(json(steps.${read.id}.output))`;
    case 'previous':
      return `size(json(previous.${read.id}.output))`;
    case 'status':
      return `size(steps.${read.id}.status)`;
    case 'input':
      return `inputs.${read.id}`;
    case 'name':
      return read.id;
  }
}

function hole(text: string): string {
  return `\${{ ${text} }}`;
}

/** The steps right inside a step. */
export function blocksOf({ body, onError }: Step): readonly Block[] {
  return [...(body.kind === 'group' ? [body.block] : []), ...(onError.kind === 'steps' ? [onError.block] : [])];
}

export function casesOf({ body }: Step): readonly Step[] {
  return body.kind === 'switch' ? [...body.cases, ...(body.other === undefined ? [] : [body.other])] : [];
}

/** The sums that a step evaluates itself. */
export function sumsOf({ body, when, forEach, repeat, onError }: Step): readonly Sum[] {
  return [
    ...(when === undefined ? [] : [when.sum]),
    ...(forEach === undefined ? [] : [forEach.over]),
    ...(repeat?.until === undefined ? [] : [repeat.until.sum]),
    ...(onError.kind === 'value' ? [onError.value] : []),
    ...(body.kind === 'set' ? [body.value] : []),
    ...(body.kind === 'switch' ? [body.on] : []),
    ...(body.kind === 'pipeline' ? [body.input] : []),
  ];
}
