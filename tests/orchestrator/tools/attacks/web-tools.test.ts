import assert from 'node:assert/strict';
import { type AttackGround, openAttackGround } from './ground.ts';
import { webToolAttacks } from './web-tools.ts';

describe('an attack on the tools of network, files and data', () => {
  let ground: AttackGround;
  before(async () => {
    ground = await openAttackGround();
  });
  after(() => ground.close());
  afterEach(() => ground.checkUntouched());

  for (const attack of webToolAttacks) {
    it(`is refused when it ${attack.name} (${attack.tool})`, () => ground.refuses(attack));
  }

  it('is one of at least 50', () => assert.ok(webToolAttacks.length >= 50));
});
