import assert from 'node:assert/strict';
import { loadConfig, secretsIn } from '../../../src/config.ts';
import { readToolPermissions } from '../../../src/tool-permissions.ts';

describe('readToolPermissions', () => {
  it('allows nothing by itself', () => {
    assert.deepEqual(readToolPermissions({}), { allowedTools: [], databases: {} });
  });

  it('takes names of tools, and databases by their names in lower case', () => {
    const url = 'postgres://u:p@h/d';
    const environment = {
      ORCHESTRATOR_ALLOW_TOOLS: 'code.python, shell.run,',
      ORCHESTRATOR_DATABASE_SHOP: url,
      ORCHESTRATOR_DATABASE_TILL_2: 'postgresql://h/d?sslmode=require',
      ORCHESTRATOR_WRITABLE_DATABASES: 'till_2',
    };
    assert.deepEqual(readToolPermissions(environment), {
      allowedTools: ['code.python', 'shell.run'],
      databases: {
        shop: { url, isWritable: false },
        till_2: { url: 'postgresql://h/d?sslmode=require', isWritable: true },
      },
    });
  });

  for (const { name, environment, message } of [
    {
      name: 'a tool that is not known',
      environment: { ORCHESTRATOR_ALLOW_TOOLS: 'shell.run, shel.run' },
      message:
        'Cannot use ORCHESTRATOR_ALLOW_TOOLS: it names "shel.run", shell.run, code.python may be allowed, the other tools need no permission',
    },
    {
      name: 'another kind of server',
      environment: { ORCHESTRATOR_DATABASE_SHOP: 'mysql://root:hunter2@h/d' },
      message:
        'Cannot use ORCHESTRATOR_DATABASE_SHOP: it is no such URL, a URL such as "postgres://user:password@host/database" is allowed',
    },
    {
      name: 'no URL at all',
      environment: { ORCHESTRATOR_DATABASE_SHOP: 'hunter2' },
      message:
        'Cannot use ORCHESTRATOR_DATABASE_SHOP: it is no such URL, a URL such as "postgres://user:password@host/database" is allowed',
    },
    {
      name: 'writing to a database that there is not',
      environment: { ORCHESTRATOR_WRITABLE_DATABASES: 'shop' },
      message: 'Cannot use ORCHESTRATOR_WRITABLE_DATABASES: it names "shop", and ORCHESTRATOR_DATABASE_SHOP is not set',
    },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(() => readToolPermissions(environment), { code: 'CONFIG_INVALID', message });
    });
  }
});

describe('loadConfig', () => {
  it('lets a worker serve tools only', () => {
    const environment = { ORCHESTRATOR_SERVE: 'tools', ORCHESTRATOR_ALLOW_TOOLS: 'shell.run' };
    assert.equal(loadConfig(environment).serves, 'tools');
    assert.equal(loadConfig({}).serves, 'all');
  });

  for (const { environment, message } of [
    {
      environment: { ORCHESTRATOR_SERVE: 'none' },
      message: 'Cannot use ORCHESTRATOR_SERVE: it is "none", all or tools is allowed',
    },
    {
      environment: { ORCHESTRATOR_SERVE: 'tools' },
      message: 'Cannot use ORCHESTRATOR_SERVE: it is "tools", and ORCHESTRATOR_ALLOW_TOOLS names none',
    },
  ]) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      assert.throws(() => loadConfig(environment), { code: 'CONFIG_INVALID', message });
    });
  }
});

describe('secretsIn', () => {
  it('finds the address of a database, and its password in both spellings', () => {
    const secrets = secretsIn(loadConfig({ ORCHESTRATOR_DATABASE_SHOP: 'postgres://u:a%40b@h/d' }));
    assert.deepEqual(secrets, ['postgres://u:a%40b@h/d', 'a%40b', 'a@b']);
  });
});
