import assert from 'node:assert/strict';
import { assertAgree, runAndKill, type Books } from './journal-kills.ts';

const KILLS = 15;

describe('a run of model steps whose workers are killed at random moments', () => {
  let books: readonly Books[];

  before(async function run() {
    this.timeout(240_000);
    const seed = Date.now() % 100_000;
    console.log(`      seed ${seed}`);
    books = await runAndKill({ items: 30, concurrency: 12, kills: KILLS, seed });
  });

  it(`buys no answer again that was kept, and bills every call, through ${KILLS} kills`, () => {
    for (const each of books) assertAgree(each);
    const lines = books.flatMap(({ bill }) => bill);
    const lost = lines.filter(({ code }) => code === 'WORKER_LOST');
    console.log(`      ${lines.length} lines on the bill, ${lost.length} of them of calls that were lost`);
    assert.ok(lost.length > 0, 'some calls were under way');
  });
});
