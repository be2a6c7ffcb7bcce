import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadConfig } from '../../../src/config.ts';
import { stateFiles } from '../../../src/local/folders.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const text = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');

/** The names in the first column of the document's tables. */
const rows = Array.from(text.matchAll(/^\| `([^`]+)` \|/gmu), (match) => match[1] as string);
const documented = rows.filter((name) => /^[A-Z]/u.test(name));

/** Read by Node itself, for colours and for the home folder. */
const READ_BY_NODE = ['NO_COLOR', 'FORCE_COLOR', 'HOME'];
/** Settings of Temporal's own tools that its configuration library reads and the product does not use. */
const UNUSED = ['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION', 'TEMPORAL_CODEC_ENDPOINT', 'TEMPORAL_CODEC_AUTH'];

describe('docs/configuration.md', () => {
  it('lists every environment variable that is read, and no other', () => {
    const read = [
      ...variablesIn('src/**/*.ts'),
      ...variablesIn('activities/**/*.ts'),
      ...variablesIn('workflows/**/*.ts'),
      ...variablesIn('node_modules/@temporalio/envconfig/lib/*.js').filter((name) => name.startsWith('TEMPORAL_')),
      'ORCHESTRATOR_SECRET_<NAME>',
      'ORCHESTRATOR_DATABASE_<NAME>',
      'ORCHESTRATOR_CONCURRENCY_<PROVIDER>',
      'ORCHESTRATOR_RATE_<PROVIDER>',
      'TEMPORAL_GRPC_META_*',
      ...READ_BY_NODE,
    ];
    const expected = new Set(read.filter((name) => !UNUSED.includes(name)));
    assert.deepEqual(documented.toSorted(), [...expected].toSorted());
  });

  it('says of the settings of Temporal that have no effect that they have none', () => {
    for (const name of UNUSED) assert.match(text, new RegExp(`\`${name}\`[^|]*have no effect`, 'u'));
  });

  it('names every file of the state folder', () => {
    const { lock, ...files } = stateFiles(loadConfig({ HOME: '/home/ada' }));
    const inSource = Array.from(
      globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) => [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(/join\((?:\w+\.)*state, '([\w.-]+)'\)/gu),
      ]),
      (match) => match[1] as string,
    );
    const names = [...Object.values(files).map((file) => basename(file)), `${basename(lock)}.lock`, ...inSource];
    const missing = names.filter((name) => ![name, `${name}/`, `${name}.lock`].some((each) => rows.includes(each)));
    assert.deepEqual(missing, []);
  });
});

/** Names in capitals that are read from an environment: `environment['X']`, `process.env['X']`, `envProvider['X']`. */
function variablesIn(pattern: string): string[] {
  const sources = globSync(pattern, { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'));
  return sources.flatMap((source) =>
    Array.from(
      source.matchAll(/\b(?:environment|env|envProvider)\??\.?\[?'?([A-Z][A-Z0-9_]+)\b/gu),
      (match) => match[1] as string,
    ),
  );
}
