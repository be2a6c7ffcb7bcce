// Counts in the workflow sandbox. Every workflow there has a global object of its own, but they all share the `URL` that
// the SDK lends them from its thread: what hangs on it outlives each workflow, and can be read from outside (`record.mjs`).
const { instrument } = require('./instrument.cjs');

module.exports = function load() {
  return instrument(this.resourcePath, { scope: 'URL', folder: this.getOptions().folder });
};
