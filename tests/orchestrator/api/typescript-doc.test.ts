import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { loadConfig } from '../../../src/config.ts';
import type { PipelineSpec } from '../../../src/pipeline/spec.ts';
import { validate } from '../../../src/validate.ts';
import { blocksOf, ROOT } from '../../markdown.ts';

const PAGE = 'docs/typescript.md';
const config = loadConfig({});
const programs = blocksOf(PAGE).filter(({ language }) => language === 'ts');

const COMPILER = {
  extends: join(ROOT, 'tsconfig.json'),
  include: ['*.ts'],
  compilerOptions: { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')], noUnusedLocals: false },
};

/** A folder of somebody who has installed this package, with each program of the page in a file. */
async function userFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-typescript-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/orchestrator'));
  await symlink(join(ROOT, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
  await Promise.all(programs.map(({ line, text }) => writeFile(join(folder, `line-${line}.ts`), text)));
  return folder;
}

describe(`the programs of ${PAGE}`, () => {
  let folder: string;
  before(async () => {
    folder = await userFolder();
  });
  after(() => rm(folder, { recursive: true }));

  it('compile, apart from the lines that are meant not to', async () => {
    const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder];
    const { stdout, exitCode } = await execa(process.execPath, args, { reject: false });
    assert.equal(stdout, '');
    assert.equal(exitCode, 0);
  });

  for (const { line } of programs) {
    it(`give pipelines that can run: line ${line}`, async () => {
      for (const built of await pipelinesOf(line)) {
        assert.equal(validate(built, { config }).plan.pipeline.name, built.name);
      }
    });
  }

  it('begin with the same pipeline in both notations', async () => {
    const [yaml] = blocksOf(PAGE).filter(({ language }) => language === 'yaml');
    const [built] = await pipelinesOf(programs[0]?.line ?? 0);
    assert.ok(yaml !== undefined && built !== undefined);
    assert.equal(validate(built, { config }).plan.hash, validate(yaml.text, { config }).plan.hash);
  });

  /** Those that a program exports; one that shows a mistake holds a step that cannot be planned. */
  async function pipelinesOf(line: number): Promise<readonly PipelineSpec[]> {
    const exported = (await import(pathToFileURL(join(folder, `line-${line}.ts`)).href)) as Record<string, unknown>;
    return Object.values(exported).filter((value): value is PipelineSpec => 'steps' in (value as object));
  }
});
