// One way to instrument a source, for the host and for the workflow sandbox, so that both give equal maps, which merge.
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
const paths = require('node:path');

const root = paths.join(__dirname, '../..');

/** Whether a file is part of the product, whose coverage is measured. */
function isMeasured(path) {
  return path.endsWith('.ts') && /^(src|workflows|activities)\//.test(paths.relative(root, path));
}

/** The file as JavaScript that counts into `<scope>.testCoverage`. Made once per test run, and kept in its `folder`. */
function instrument(path, { scope, folder }) {
  const source = readFileSync(path, 'utf8');
  const kept = keptFile(folder, `${scope} ${path} ${source}`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const made = instrumenter(scope);
  const code = made.instrumentSync(stripTypeScriptTypes(source), path);
  const [, hash] = /\bhash\s*=\s*"(\w+)"/u.exec(code);
  keep(keptFile(folder, `${path} ${source}`), JSON.stringify({ ...made.lastFileCoverage(), hash }));
  keep(kept, code);
  return code;
}

/** What there is to count in a file, with nothing counted yet; its hash is what counters of it carry. */
function emptyCoverage(path, folder) {
  const source = readFileSync(path, 'utf8');
  const kept = keptFile(folder, `${path} ${source}`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const made = instrumenter('globalThis');
  made.instrumentSync(stripTypeScriptTypes(source), path);
  return { ...made.lastFileCoverage(), hash: '' };
}

function keptFile(folder, content) {
  return paths.join(folder, `${createHash('sha256').update(content).digest('hex')}.kept`);
}

function keep(path, text) {
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}

function instrumenter(scope) {
  // Loaded late: most processes of a test run find every file instrumented already.
  const { createInstrumenter } = require('istanbul-lib-instrument');
  return createInstrumenter({
    esModules: true,
    coverageVariable: 'testCoverage',
    coverageGlobalScope: scope,
    coverageGlobalScopeFunc: false,
  });
}

module.exports = { emptyCoverage, instrument, isMeasured };
