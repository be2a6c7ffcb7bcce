import assert from 'node:assert/strict';
import { type AttackGround, openAttackGround, WRITERS } from './ground.ts';
import { webToolAttacks } from './web-tools.ts';

describe('an attack on the tools of network, files and data', () => {
  let ground: AttackGround;
  before(async () => {
    ground = await openAttackGround();
  });
  after(() => ground.close());
  afterEach(() => ground.checkUntouched());

  for (const writer of WRITERS) {
    for (const attack of webToolAttacks) {
      it(`is refused when a ${writer} ${attack.name} (${attack.tool})`, () => ground.refuses(attack, writer));
    }
  }

  it('is one of at least 80', () => assert.ok(webToolAttacks.length >= 80));
});
