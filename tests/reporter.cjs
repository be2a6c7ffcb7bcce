// Mocha's own report, and the numbers for `tests/run.ts` to close with.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

module.exports = class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.ORCHESTRATOR_TEST_RESULT, JSON.stringify({ passes, failures, pending }));
    });
  }
};
