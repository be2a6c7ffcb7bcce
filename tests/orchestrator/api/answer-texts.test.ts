import assert from 'node:assert/strict';
import { gatherAnswers, growingLines, pieceEvent } from '../../../src/cli/screen/answer-texts.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';

const HEAD = { path: 'draft', model: 'ollama/m', attempt: 1 };

describe('gatherAnswers', () => {
  it('gives lines as they become complete, and the last one at the end', () => {
    const texts = gatherAnswers(plain);
    assert.deepEqual(texts.add({ ...HEAD, text: 'Dear A' }), []);
    assert.deepEqual(texts.add({ ...HEAD, text: 'da\nBye' }), ['draft │ Dear Ada']);
    assert.deepEqual(texts.growing(), [{ path: 'draft', text: 'Bye' }]);
    assert.deepEqual(texts.add({ ...HEAD, text: '', isOver: true }), ['draft │ Bye']);
    assert.deepEqual(texts.growing(), []);
  });

  it('gives nothing more at the end of an answer that ended with a line', () => {
    const texts = gatherAnswers(plain);
    assert.deepEqual(texts.add({ ...HEAD, text: 'Bye\n' }), ['draft │ Bye']);
    assert.deepEqual(texts.add({ ...HEAD, text: '', isOver: true }), []);
  });

  it('drops the beginning of an answer that begins anew', () => {
    const texts = gatherAnswers(plain);
    texts.add({ ...HEAD, text: 'Dear' });
    assert.deepEqual(texts.add({ ...HEAD, attempt: 2, text: '', isAnew: true }), ['draft │ begins anew']);
    assert.deepEqual(texts.add({ ...HEAD, attempt: 2, text: 'Hi\n' }), ['draft │ Hi']);
  });

  it('gives a line that does not end in parts', () => {
    const texts = gatherAnswers(plain);
    const long = 'x'.repeat(501);
    assert.deepEqual(texts.add({ ...HEAD, text: long }), [`draft │ ${long}`]);
    assert.deepEqual(texts.growing(), [{ path: 'draft', text: '' }]);
    assert.deepEqual(growingLines(texts, { lines: 3, columns: 40, paint: plain }), []);
  });
});

describe('growingLines', () => {
  it('shows the newest words of the newest answers', () => {
    const texts = gatherAnswers(plain);
    for (const path of ['a', 'b', 'c']) texts.add({ ...HEAD, path, text: `${path} says one two three` });
    assert.deepEqual(growingLines(texts, { lines: 2, columns: 14, paint: plain }), [
      'b │ …two three',
      'c │ …two three',
    ]);
    assert.deepEqual(growingLines(texts, { lines: 1, columns: 80, paint: plain }), ['c │ c says one two three']);
  });
});

describe('pieceEvent', () => {
  const piece = { event: 'text', run_id: 'r', step: 'draft', model: 'ollama/m', attempt: 1 };
  for (const { name, given, expected } of [
    { name: 'a piece of an answer', given: { text: 'Hi' }, expected: { text: 'Hi' } },
    {
      name: 'the beginning of another turn, and of a repair',
      given: { turn: 2, isRepair: true, text: '', isAnew: true },
      expected: { turn: 2, is_repair: true, text: '', is_anew: true },
    },
    { name: 'an end', given: { text: '', isOver: true }, expected: { text: '', is_over: true } },
  ] as const) {
    it(`is ${name}`, () => assert.deepEqual(pieceEvent('r', { ...HEAD, ...given }), { ...piece, ...expected }));
  }
});
