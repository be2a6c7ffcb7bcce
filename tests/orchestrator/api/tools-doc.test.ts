import assert from 'node:assert/strict';
import { PYTHON_LIMITS } from '../../../activities/tools/code-python.ts';
import { SHELL_LIMITS } from '../../../activities/tools/shell-run.ts';
import { SQL_LIMITS } from '../../../activities/tools/sql-query.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { durationText } from '../../../src/pipeline/duration.ts';
import { TOOL_QUEUE_TIMEOUT_MS } from '../../../src/pipeline/tool-queue.ts';
import { pageText } from '../../markdown.ts';

describe('docs/tools.md', () => {
  const text = pageText('docs/tools.md');
  const rowOf = (name: string): readonly string[] => {
    const row = text.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';
    return row.split('|').map((cell) => cell.trim());
  };

  it('names every tool', () => {
    const named = Array.from(text.matchAll(/\[`([a-z]+\.[a-z]+)`\]\(\S*#/gu), (match) => match[1]);
    const missing = tools.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
    assert.deepEqual(missing, []);
  });

  for (const [name, cellOf] of [
    ['time', ({ timeMs }) => durationText(timeMs)],
    ['printed, to each stream', ({ outputMib }) => `${outputMib} MiB`],
    ['processor time, of each process', ({ cpuSeconds }) => `${cpuSeconds}s`],
    ['size of a file that is written', ({ fileMib }) => `${fileMib} MiB`],
    ['memory, of each process', ({ memoryMib }) => `${memoryMib} MiB`],
    ['memory, of all processes together', ({ memoryMib }) => `${memoryMib} MiB`],
    ['processes', ({ processes }) => `${processes}`],
  ] as readonly (readonly [string, (limits: typeof SHELL_LIMITS) => string])[]) {
    it(`tells the limit of programs as it is: ${name}`, () => {
      assert.deepEqual(rowOf(name).slice(2, 4), [cellOf(SHELL_LIMITS), cellOf(PYTHON_LIMITS)]);
    });
  }

  it('tells the limits of queries as they are', () => {
    const { timeMs, rowsMax, bytesMax } = SQL_LIMITS;
    assert.ok(text.includes(`| time | ${timeMs / 1000}s, on the server`));
    assert.equal(rowOf('rows')[2], String(rowsMax));
    assert.equal(rowOf('what the server sends')[2], `${bytesMax / 1024 / 1024} MiB`);
  });

  it('tells how long a call waits for a worker that allows it', () => {
    assert.ok(text.includes(`nobody takes within ${TOOL_QUEUE_TIMEOUT_MS / 60_000} minutes`));
  });
});
