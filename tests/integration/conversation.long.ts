import { growByTheSame } from './conversation/growth.ts';

describe('a long conversation', function suite() {
  this.timeout(480_000);

  it('grows its history by the same in each of 50 turns', () => growByTheSame(50));
});
