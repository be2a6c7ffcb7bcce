import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VALUE_BYTES_MAX } from '../../../activities/artifacts/local-disk.ts';
import { BODY_BYTES_MAX } from '../../../activities/tools/http-body.ts';
import { loadConfig } from '../../../src/config.ts';
import { SERVER_SETTINGS, RETENTION_DAYS } from '../../../src/local/temporal-settings.ts';
import { EVALUATION_CHARS_MAX, EVALUATION_NODES_MAX } from '../../../src/pipeline/expression/meter.ts';
import { EXPRESSION_CHARS_MAX } from '../../../src/pipeline/expression/parse.ts';
import { TOKENS_MAX } from '../../../src/pipeline/parse/tokens.ts';
import { FILE_BYTES_MAX } from '../../../src/pipeline/parse/text.ts';
import { DEPTH_MAX } from '../../../src/pipeline/plain-json.ts';
import { PLAN_BYTES_MAX } from '../../../src/pipeline/plan.ts';
import { CONCURRENCY_MAX } from '../../../src/pipeline/spec.ts';
import { INLINE_BYTES_MAX } from '../../../src/pipeline/value.ts';
import { workerOptions } from '../../../src/worker.ts';
import { activityOptions, modelPolicy, toolPolicy } from '../../../workflows/activity-options.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs/architecture.md'), 'utf8');
const MIB = 1024 * 1024;

describe('docs/architecture.md', () => {
  for (const [what, limit] of [
    ['pipeline file', `${FILE_BYTES_MAX / MIB} MiB, ${DEPTH_MAX} levels, ${TOKENS_MAX.toLocaleString('en')} parts`],
    ['compiled plan', `${PLAN_BYTES_MAX / MIB} MiB`],
    ['steps of a run at a time', `100 by default, at most ${CONCURRENCY_MAX}`],
    ['value kept in history', `${INLINE_BYTES_MAX / 1024} KiB, then by reference`],
    ['value in the artifact store', `${VALUE_BYTES_MAX / MIB} MiB`],
    ['answer that `http.request` reads', `${BODY_BYTES_MAX / MIB} MiB`],
    ['text of one expression', `${EXPRESSION_CHARS_MAX.toLocaleString('en')} characters`],
    [
      'one expression',
      `${EVALUATION_NODES_MAX.toLocaleString('en')} steps, and ${EVALUATION_CHARS_MAX / MIB} MiB beyond what it reads`,
    ],
  ] as const) {
    it(`tells the limit of: ${what}`, () => assert.equal(rowOf(what)[1], limit));
  }

  it('tells the options of the worker as they are', async () => {
    const options = await workerOptions(loadConfig({}), undefined as never, Promise.resolve({}));
    const policy = { summary: '', timeoutMs: 1, retry: { attempts: 1, backoffMs: 1, maxBackoffMs: 1 } };
    const quick = activityOptions(toolPolicy({ ...policy, tool: 'x', taskQueue: 'q', effect: 'pure' }), {
      used: 0,
      told: 0,
    });
    const asked = { summary: '', provider: 'ollama', taskQueue: 'q', hasAlternative: false };
    const careful = activityOptions(modelPolicy(policy, asked), { used: 0, told: 0 });
    const rows = {
      heartbeatTimeout: `${seconds(quick.heartbeatTimeout)}; careful calls ${seconds(careful.heartbeatTimeout)}`,
      stickyQueueScheduleToStartTimeout: seconds(options.stickyQueueScheduleToStartTimeout),
      maxHeartbeatThrottleInterval: seconds(options.maxHeartbeatThrottleInterval),
      shutdownGraceTime: seconds(options.shutdownGraceTime),
      shutdownForceTime: seconds(options.shutdownForceTime),
      maxEagerActivityReservationsPerWorkflowTask: String(options.maxEagerActivityReservationsPerWorkflowTask),
      maxConcurrentActivityTaskExecutions: String(options.maxConcurrentActivityTaskExecutions),
      maxCachedWorkflows: String(options.maxCachedWorkflows),
    };
    assert.deepEqual(Object.fromEntries(Object.keys(rows).map((name) => [name, rowOf(`\`${name}\``)[1]])), rows);
  });

  it('tells the settings of the embedded server as they are', () => {
    const { pragmas, dynamicConfig } = SERVER_SETTINGS;
    const missing = [...pragmas, ...dynamicConfig].filter((setting) => !text.includes(`\`${setting}\``));
    assert.deepEqual(missing, []);
    assert.ok(text.includes(`Retention is ${RETENTION_DAYS} days`));
  });
});

/** The cells of the table row that begins with this one. */
function rowOf(first: string): readonly string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells.find(([name]) => name === first) ?? [];
}

/** `2 s`, from `2s`, `500ms` or a number of milliseconds. */
function seconds(duration: unknown): string {
  if (typeof duration === 'number') return `${duration / 1000} s`;
  const [, number = '', unit] = /^(\d+)(ms|s)$/u.exec(String(duration)) ?? [];
  return `${Number(number) / (unit === 'ms' ? 1000 : 1)} s`;
}
