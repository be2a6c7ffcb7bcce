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
  const kept = paths.join(folder, `${createHash('sha256').update(`${scope} ${path} ${source}`).digest('hex')}.js`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const code = instrumenter(scope).instrumentSync(stripTypeScriptTypes(source), path);
  const partial = `${kept}.${process.pid}`;
  writeFileSync(partial, code);
  renameSync(partial, kept);
  return code;
}

/** The map of a file that no test has loaded: everything in it counts as not covered. */
function emptyCoverage(path) {
  const made = instrumenter('globalThis');
  made.instrumentSync(stripTypeScriptTypes(readFileSync(path, 'utf8')), path);
  return made.lastFileCoverage();
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
