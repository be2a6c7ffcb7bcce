// Mocha's own report, and the numbers for `tests/run.ts` to close with.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL } = Mocha.Runner.constants;

module.exports = class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const durations = {};
    for (const event of [EVENT_TEST_END, EVENT_HOOK_END]) {
      runner.on(event, ({ file, duration = 0 }) => {
        if (file) durations[file] = (durations[file] ?? 0) + duration;
      });
    }
    const failed = new Set();
    runner.on(EVENT_TEST_FAIL, ({ file }) => failed.add(file ?? 'unknown'));
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const result = { passes, failures, pending, durations, failed: [...failed] };
      writeFileSync(process.env.ORCHESTRATOR_TEST_RESULT, JSON.stringify(result));
    });
  }
};
