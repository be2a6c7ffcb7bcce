import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Outcome } from '../../evaluation/outcome.ts';
import type { CaseReport, EvaluationReport, VariantReport } from '../../evaluation/report.ts';
import { asMarkup, type Markup } from './markup.ts';

const WIDTH = 640;
const COLOURS = { tested: '#2563a8', against: '#9a9a9a' } as const;
const NAMES_MARGIN = 210;
const NAME_CHARACTERS = 20;

export interface Chart {
  readonly title: string;
  readonly svg: Markup;
}

/** The charts of an evaluation, as SVG that needs neither scripts nor other files. */
export function chartsOf({ variants, cases }: EvaluationReport): readonly Chart[] {
  const scores = valuesOf(variants, cases, ({ score }) => score);
  const latencies = valuesOf(variants, cases, ({ latencyMs }) =>
    latencyMs === undefined ? undefined : latencyMs / 1000,
  );
  const costs = valuesOf(variants, cases, (one) => (one.status === 'not_run' ? undefined : one.costNanoUsd / 1e9));
  return [
    { title: 'Passed, with the 95 % interval', svg: passRates(variants) },
    ...distribution('Scores of cases', 'score', scores),
    ...distribution('Latency of cases', 'seconds', latencies),
    ...(costs.some(({ value }) => value > 0) ? distribution('Cost of cases', 'dollars', costs) : []),
  ];
}

function passRates(variants: readonly VariantReport[]): Markup {
  const rows = variants.flatMap(({ variant, file, passRate }) =>
    passRate === undefined ? [] : [{ name: nameOf(variant, file), variant, ...passRate }],
  );
  return draw({
    marginLeft: NAMES_MARGIN,
    height: 64 + 36 * variants.length,
    x: { domain: [0, 1], tickFormat: '.0%', label: null, grid: true },
    y: { domain: variants.map(({ variant, file }) => nameOf(variant, file)), label: null },
    marks: [
      Plot.barX(rows, {
        x: 'value',
        y: 'name',
        fill: ({ variant }: { variant: keyof typeof COLOURS }) => COLOURS[variant],
      }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', strokeWidth: 2 }),
      Plot.tickX(rows, { x: 'low', y: 'name', inset: 6 }),
      Plot.tickX(rows, { x: 'high', y: 'name', inset: 6 }),
    ],
  });
}

interface Value {
  readonly name: string;
  readonly variant: keyof typeof COLOURS;
  readonly value: number;
}

/** One dot for each case, in a row for each pipeline: with few cases it shows more than bars would. */
function distribution(title: string, label: string, values: readonly Value[]): readonly Chart[] {
  if (values.length === 0) return [];
  const svg = draw({
    marginLeft: NAMES_MARGIN,
    height: 74 + 60 * new Set(values.map(({ name }) => name)).size,
    x: { label, grid: true, zero: true, nice: true },
    y: { label: null },
    marks: [
      Plot.boxX(values, { x: 'value', y: 'name', stroke: '#888', fill: '#e4e4e4', r: 0 }),
      Plot.dot(values, {
        x: 'value',
        y: 'name',
        r: 3,
        fillOpacity: 0.6,
        fill: ({ variant }: Value) => COLOURS[variant],
      }),
    ],
  });
  return [{ title, svg }];
}

function valuesOf(
  variants: readonly VariantReport[],
  cases: readonly CaseReport[],
  valueOf: (outcome: Outcome) => number | undefined,
): readonly Value[] {
  return variants.flatMap(({ variant, file }) =>
    cases.flatMap((one) => {
      const outcome = one[variant];
      const value = outcome === undefined ? undefined : valueOf(outcome);
      return value === undefined ? [] : [{ name: nameOf(variant, file), variant, value }];
    }),
  );
}

/** Two files may have the same name. */
function nameOf(variant: VariantReport['variant'], file: string): string {
  const name = file.length <= NAME_CHARACTERS ? file : `…${file.slice(1 - NAME_CHARACTERS)}`;
  return variant === 'tested' ? name : `${name} (against)`;
}

function draw(options: Plot.PlotOptions): Markup {
  // A document of its own: Plot knows no other way, and none here is a browser's.
  const { document } = parseHTML('<html><body></body></html>') as unknown as Required<
    Pick<Plot.PlotOptions, 'document'>
  >;
  return asMarkup(
    Plot.plot({ width: WIDTH, marginBottom: 44, style: { fontSize: '12px' }, document, ...options }).outerHTML,
  );
}
