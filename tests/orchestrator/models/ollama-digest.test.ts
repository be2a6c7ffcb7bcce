import assert from 'node:assert/strict';
import { digestFinder } from '../../../activities/models/ollama-digest.ts';
import { server } from '../../servers.ts';

describe('digestFinder', () => {
  const asked: string[] = [];

  /** Asks the real server. */
  async function list(model: string): Promise<unknown> {
    asked.push(model);
    return (await fetch(`${server('ollama')}/api/tags`)).json();
  }

  beforeEach(() => asked.splice(0));

  it('gives the digest of a model, and asks once for many calls', async () => {
    const find = digestFinder(list);
    const digests = await Promise.all([1, 2, 3].map(() => find(server('model'))));
    assert.equal(new Set(digests).size, 1);
    assert.match(digests[0] ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(asked, [server('model')]);
  });

  it('knows a model by its name without a tag, in any case', async () => {
    const find = digestFinder(list);
    const [name = ''] = server('model').split(':');
    assert.equal(await find(`${name}:latest`), await find(name.toUpperCase()));
    assert.ok(await find(name));
  });

  it('asks again for a name that is not in the list', async () => {
    const find = digestFinder(list);
    await find(server('model'));
    assert.equal(await find('no-such-model'), undefined);
    assert.deepEqual(asked, [server('model'), 'no-such-model']);
  });

  it('keeps no failure', async () => {
    let isDown = true;
    const find = digestFinder((model) => (isDown ? Promise.reject(new Error('down')) : list(model)));
    await assert.rejects(find(server('model')), /down/);
    isDown = false;
    assert.ok(await find(server('model')));
  });

  for (const answer of [null, {}, { models: 'none' }]) {
    it(`finds nothing in ${JSON.stringify(answer)}`, async () => {
      assert.equal(await digestFinder(() => Promise.resolve(answer))('x'), undefined);
    });
  }
});
