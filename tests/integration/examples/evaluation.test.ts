import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validate } from '../../../src/validate.ts';
import { followPage, openExample, type Example } from '../../example.ts';

const FOLDER = 'examples/evaluation';

describe(FOLDER, function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample({ own: (text, folder) => text.replace('report.html', join(folder, 'report.html')) });
  });
  after(() => example?.close());

  for (const file of ['plain.yaml', 'with-examples.yaml']) {
    it(`has no doubtful pipeline: ${file}`, async () => {
      const { warnings } = validate(await readFile(join(FOLDER, file)), { file, config: example.ground.config });
      assert.deepEqual(warnings, []);
    });
  }

  followPage(`${FOLDER}/README.md`, () => example);

  it('leaves a report that holds every case', async () => {
    const html = await readFile(join(example.ground.folder, 'report.html'), 'utf8');
    for (const id of ['thanks', 'broken', 'late', 'present', 'twice']) assert.ok(html.includes(`<td>${id}`), id);
  });
});
