import { assertAgree, runAndKill } from './journal-kills.ts';

const KILLS = 100;

describe('a run of model steps whose workers are killed at random moments', function suite() {
  this.timeout(1_800_000);

  it(`buys no answer again that was kept, and bills every call, through ${KILLS} kills`, async () => {
    const seed = Date.now() % 100_000;
    console.log(`      seed ${seed}`);
    const books = await runAndKill({ items: 250, concurrency: 20, kills: KILLS, seed });
    for (const each of books) assertAgree(each);
  });
});
