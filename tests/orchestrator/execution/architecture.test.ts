import assert from 'node:assert/strict';
import { importsOf, isFile, loadedBy, sourceFiles, sourceText } from '../../imports.ts';

/** Where a file may import from: paths that begin so. A row holds for the files that no row above it holds for. */
interface Row {
  readonly files: string;
  readonly may: readonly string[];
  /** Whence types alone may come. */
  readonly mayTypes?: readonly string[];
  /** Packages; every one when absent. `node:` stands for all of Node's own. */
  readonly packages?: readonly string[];
}

const BELOW_EDGES = [
  'src/errors.ts',
  'src/visibility.ts',
  'src/pipeline/',
  'src/catalog/',
  'workflows/',
  'activities/',
];
const RUN_FILES = [
  'src/client.ts',
  'src/living-workers.ts',
  'src/run-handle.ts',
  'src/run-parts.ts',
  'src/stuck-run.ts',
];

/** The way of the data: spec → plan → workflow → activities → result. A new arrow needs a decision record. */
const TABLE: readonly Row[] = [
  { files: 'src/errors.ts', may: [], mayTypes: ['src/pipeline/'], packages: [] },
  { files: 'src/visibility.ts', may: [], packages: [] },
  { files: 'src/pipeline/', may: ['src/pipeline/', 'src/errors.ts'] },
  { files: 'src/catalog/', may: ['src/catalog/', 'src/pipeline/', 'src/errors.ts'] },
  {
    files: 'workflows/',
    may: ['workflows/', 'src/pipeline/', 'src/errors.ts'],
    mayTypes: ['activities/'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  { files: 'activities/', may: ['activities/', 'src/pipeline/', 'src/catalog/', 'src/errors.ts'] },
  { files: 'src/pace.ts', may: BELOW_EDGES },
  { files: 'src/ceilings.ts', may: BELOW_EDGES },
  { files: 'src/tool-permissions.ts', may: BELOW_EDGES },
  {
    files: 'src/config.ts',
    may: [...BELOW_EDGES, 'src/pace.ts', 'src/ceilings.ts', 'src/tool-permissions.ts'],
    mayTypes: ['src/own-parts/'],
  },
  { files: 'src/own-parts/', may: [...BELOW_EDGES, 'src/own-parts/', 'src/config.ts'] },
  { files: 'src/tool-deps.ts', may: [...BELOW_EDGES, 'src/config.ts'] },
  { files: 'src/spending.ts', may: [...BELOW_EDGES, 'src/config.ts'] },
  { files: 'src/cards.ts', may: [...BELOW_EDGES, 'src/config.ts'] },
  { files: 'src/read-file.ts', may: BELOW_EDGES },
  { files: 'src/input-files/', may: [...BELOW_EDGES, 'src/input-files/', 'src/read-file.ts'] },
  { files: 'src/pipeline-files.ts', may: [...BELOW_EDGES, 'src/read-file.ts'] },
  { files: 'src/discover-models.ts', may: [...BELOW_EDGES, 'src/config.ts'] },
  { files: 'src/own-models.ts', may: [...BELOW_EDGES, 'src/config.ts', 'src/read-file.ts'] },
  {
    files: 'src/validate.ts',
    may: [
      ...BELOW_EDGES,
      'src/config.ts',
      'src/cards.ts',
      'src/discover-models.ts',
      'src/own-models.ts',
      'src/own-parts/',
      'src/pipeline-files.ts',
    ],
  },
  { files: 'src/run-start.ts', may: [...BELOW_EDGES, 'src/input-files/'] },
  { files: 'src/client.ts', may: [...BELOW_EDGES, 'src/config.ts', 'src/input-files/', 'src/run-start.ts'] },
  { files: 'src/schedule-view.ts', may: BELOW_EDGES },
  { files: 'src/schedules.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/run-start.ts', 'src/schedule-view.ts'] },
  { files: 'src/backfill.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/schedule-view.ts', 'src/schedules.ts'] },
  { files: 'src/living-workers.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/config.ts'] },
  { files: 'src/run-handle.ts', may: [...BELOW_EDGES, 'src/client.ts'] },
  { files: 'src/run-parts.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/run-handle.ts'] },
  { files: 'src/stuck-run.ts', may: [...BELOW_EDGES, 'src/client.ts'] },
  { files: 'src/runs.ts', may: [...BELOW_EDGES, ...RUN_FILES] },
  { files: 'src/answers.ts', may: [...BELOW_EDGES, ...RUN_FILES] },
  { files: 'src/tell-run.ts', may: [...BELOW_EDGES, ...RUN_FILES] },
  { files: 'src/bill.ts', may: [...BELOW_EDGES, ...RUN_FILES, 'src/run-calls.ts'] },
  {
    files: 'src/quality.ts',
    may: [...BELOW_EDGES, 'src/client.ts', 'src/run-calls.ts', 'src/runs.ts'],
  },
  { files: 'src/steering.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/tell-run.ts'] },
  { files: 'src/run-calls.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/run-handle.ts'] },
  { files: 'src/step-history.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/run-calls.ts', 'src/runs.ts'] },
  { files: 'src/past-runs.ts', may: [...BELOW_EDGES, ...RUN_FILES, 'src/run-calls.ts', 'src/runs.ts'] },
  {
    files: 'src/fork.ts',
    may: [...BELOW_EDGES, 'src/client.ts', 'src/input-files/', 'src/run-calls.ts', 'src/run-handle.ts'],
  },
  { files: 'src/histories.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/run-handle.ts'] },
  { files: 'src/history-file.ts', may: [...BELOW_EDGES, 'src/histories.ts'] },
  { files: 'src/redact-history.ts', may: BELOW_EDGES },
  {
    files: 'src/export.ts',
    may: [
      ...BELOW_EDGES,
      ...RUN_FILES,
      'src/config.ts',
      'src/histories.ts',
      'src/history-file.ts',
      'src/redact-history.ts',
      'src/runs.ts',
    ],
  },
  { files: 'src/kept-text.ts', may: [], packages: ['node:'] },
  { files: 'src/workflow-code.ts', may: ['src/kept-text.ts'] },
  {
    files: 'src/evaluation/',
    may: [
      ...BELOW_EDGES,
      'src/evaluation/',
      'src/client.ts',
      'src/config.ts',
      'src/pipeline-files.ts',
      'src/read-file.ts',
      'src/run-calls.ts',
      'src/validate.ts',
    ],
  },
  { files: 'src/worker-set.ts', may: [...BELOW_EDGES, 'src/pace.ts'] },
  {
    files: 'src/worker.ts',
    may: [...BELOW_EDGES, 'src/config.ts', 'src/tool-deps.ts', 'src/worker-set.ts', 'src/workflow-code.ts'],
  },
  { files: 'src/replay.ts', may: [...BELOW_EDGES, 'src/client.ts', 'src/histories.ts', 'src/workflow-code.ts'] },
  { files: 'src/local/', may: [...BELOW_EDGES, 'src/local/', 'src/config.ts'] },
  { files: 'src/cli/', may: ['src/', 'activities/'] },
  // People import these two into programs and workflows of their own.
  {
    files: 'src/workflow.ts',
    may: ['workflows/'],
    mayTypes: BELOW_EDGES,
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  { files: 'src/index.ts', may: ['src/'], mayTypes: ['activities/'] },
  {
    files: 'examples/',
    may: ['examples/'],
    packages: ['orchestrator', 'orchestrator/workflow', 'zod', 'node:', '@temporalio/'],
  },
];

/** What the workflow may load: everything else is too big, or not deterministic. */
const WORKFLOW_PACKAGES = ['@temporalio/workflow', '@temporalio/common'];

const LINES_MAX = 300;

const files = sourceFiles('src', 'workflows', 'activities', 'examples');

function rowOf(file: string): Row | undefined {
  return TABLE.find((row) => file.startsWith(row.files));
}

function isAmong(target: string, beginnings: readonly string[]): boolean {
  return beginnings.some((each) => target === each || (/[/:]$/.test(each) && target.startsWith(each)));
}

function breaches(row: Row): string[] {
  const { may, mayTypes = [], packages } = row;
  return files
    .filter((file) => rowOf(file) === row)
    .flatMap(importsOf)
    .filter(({ to, isType }) => {
      if (!isFile(to)) return packages !== undefined && !isAmong(to, packages);
      return !isAmong(to, may) && !(isType && isAmong(to, mayTypes));
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

function cyclesFrom(file: string, path: readonly string[], done: Set<string>): string[] {
  if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' → ')];
  if (done.has(file)) return [];
  done.add(file);
  const next = importsOf(file).filter(({ to, isType }) => isFile(to) && !isType);
  return next.flatMap(({ to }) => cyclesFrom(to, [...path, file], done));
}

describe('the import table', () => {
  it('has a row for every file', () => {
    assert.deepEqual(
      files.filter((file) => rowOf(file) === undefined),
      [],
    );
  });

  for (const row of TABLE) {
    it(`holds for ${row.files}`, () => assert.deepEqual(breaches(row), []));
  }

  it('lets the workflow load nothing big and nothing undetermined', () => {
    const loaded = [...loadedBy('workflows/index.ts')].flatMap(importsOf).filter(({ isType }) => !isType);
    const foreign = loaded.filter(({ to }) => !isFile(to) && !WORKFLOW_PACKAGES.includes(to));
    assert.deepEqual(
      foreign.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('has no cycles', () => {
    const done = new Set<string>();
    assert.deepEqual(
      files.flatMap((file) => cyclesFrom(file, [], done)),
      [],
    );
  });
});

describe('every source file', () => {
  for (const { name, pattern, but = /^$/ } of [
    { name: 'exports by name: no "export *"', pattern: /^export \*/m },
    {
      name: 'exports by name: no default',
      // What a program that loads a file looks for in it.
      but: /orchestrator\.config\.ts$/,
      pattern: /^export default\b/m,
    },
    { name: 'imports the files of this repository by their full name', pattern: /from '\.[^']*(?<!\.ts|\.json)'/m },
    {
      name: 'has no enum, namespace or parameter property, which Node cannot strip',
      pattern: /^(export )?(const )?(enum|namespace) /m,
    },
  ]) {
    it(name, () => {
      assert.deepEqual(
        files.filter((file) => pattern.test(sourceText(file)) && !but.test(file)),
        [],
      );
    });
  }

  it(`has at most ${LINES_MAX} lines`, () => {
    assert.deepEqual(
      files.filter((file) => sourceText(file).split('\n').length - 1 > LINES_MAX),
      [],
    );
  });
});
