import assert from 'node:assert/strict';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../../../activities/tools/run-tool.ts';
import type { Tool, ToolContext } from '../../../../activities/tools/tool.ts';
import { tools } from '../../../../activities/tools/tools.ts';
import { GUARDED_TOOLS } from '../../../../src/pipeline/tool-queue.ts';
import { type Postgres, startPostgres } from '../../../postgres.ts';
import { removeFolder, temporaryFolder, toolContext } from '../surroundings.ts';
import { attackedDatabases, osToolAttacks } from './os-tools.ts';

describe('an attack by what a tool is given', () => {
  let folder: string;
  let postgres: Postgres;
  let context: ToolContext;

  before(async () => {
    folder = await temporaryFolder();
    const workspace = join(folder, 'workspace');
    await mkdir(workspace);
    await symlink('/bin', join(workspace, 'outside'));
    postgres = await startPostgres();
    await postgres.run('CREATE TABLE goods (id int); INSERT INTO goods VALUES (1), (2); CREATE SEQUENCE numbers');
    await postgres.run('GRANT ALL ON goods, numbers TO someone');
    const settings = { allowedTools: GUARDED_TOOLS, databases: attackedDatabases(postgres) };
    context = toolContext(folder, { settings, openWorkspace: () => Promise.resolve(workspace) });
    process.env['ORCHESTRATOR_SECRET_KEY'] = 'hunter2';
  });

  after(async () => {
    delete process.env['ORCHESTRATOR_SECRET_KEY'];
    await postgres.close();
    await removeFolder(folder);
  });

  for (const { name, tool, input, code, message = /./u } of osToolAttacks) {
    it(`is refused by ${tool}: ${name}`, async () => {
      const attacked = tools.find((each) => each.name === tool) as Tool;
      await assert.rejects(runTool(attacked, input, context), { code, message });
    });
  }

  it('has changed nothing', async () => {
    assert.deepEqual(await postgres.run('SELECT id FROM goods ORDER BY id'), [{ id: 1 }, { id: 2 }]);
    assert.deepEqual(await readdir(join(folder, 'workspace')), ['outside']);
  });
});
