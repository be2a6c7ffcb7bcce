import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from '../../../src/local/lock.ts';
import { formatSeconds, timed } from '../../../src/local/progress.ts';
import { limitSilence } from '../../../src/local/silence.ts';
import { openLocalGround, type LocalGround } from './ground.ts';

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

describe('timed', () => {
  it('says what begins, that it goes on and how far it is, and how long it took', async () => {
    await timed(ground.say, { title: 'Working', signOfLifeMs: 5 }, async (note) => {
      note('1 of 2 MB');
      while (ground.lines.length < 2) await delay(5);
    });
    assert.match(
      ground.lines.join('\n'),
      /^Working\n {2}still at it after 0\.\d s, 1 of 2 MB\n(.*\n)* {2}done in 0\.\d s$/,
    );
  });

  for (const [ms, text] of [
    [400, '0.4 s'],
    [12_400, '12 s'],
    [125_000, '2 min 5 s'],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => assert.equal(formatSeconds(ms), text));
  }
});

describe('limitSilence', () => {
  it('fires when nothing is heard, and says how long that was', async () => {
    const silence = limitSilence(20);
    await once(silence.signal, 'abort');
    assert.equal(String(silence.signal.reason), 'Error: no answer for 0.02 s');
  });
});

describe('withLock', () => {
  it('lets one in at a time, and tells the others what they wait for', async () => {
    const path = join(ground.folder, 'here');
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await delay(20);
      seen.push(`${name} ends`);
    };
    await Promise.all([withLock(path, ground.say, work('one')), withLock(path, ground.say, work('two'))]);
    assert.deepEqual(
      seen.map((line) => line.split(' ')[1]),
      ['begins', 'ends', 'begins', 'ends'],
    );
    assert.deepEqual(ground.lines, [`Waiting for another process that holds ${path}.lock`]);
  });

  it('takes over the lock of a process that died', async () => {
    const path = join(ground.folder, 'here');
    await mkdir(`${path}.lock`);
    await utimes(`${path}.lock`, 0, 0);
    assert.equal(await withLock(path, ground.say, async () => 'in'), 'in');
  });

  it('passes on what else goes wrong', async () => {
    await assert.rejects(
      withLock(join(ground.folder, 'x'.repeat(300)), ground.say, async () => undefined),
      { code: 'ENAMETOOLONG' },
    );
  });
});
