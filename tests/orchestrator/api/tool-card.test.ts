import assert from 'node:assert/strict';
import { plain } from '../../../src/cli/screen/terminal.ts';
import { toolLines, toolReport } from '../../../src/cli/screen/tool-card.ts';
import type { ToolCard } from '../../../src/pipeline/card.ts';

const CARD: ToolCard = {
  name: 'own',
  description: 'Says\nsomething.',
  effect: 'pure',
  input: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'null' },
  output: true,
  timeoutMs: 50,
  isOwn: true,
};

describe('a tool on the screen', () => {
  it('shows one effect and any output as they are', () => {
    assert.deepEqual(toolLines(CARD, plain), [
      'own',
      'Says',
      'something.',
      '',
      'Effect   pure',
      'Limit    50 ms for an attempt',
      'Input',
      '  {',
      '    "type": "null"',
      '  }',
      'Output',
      '  true',
    ]);
  });

  it('shows an effect that hangs on the input', () => {
    const effectBy = { field: 'mode', values: { look: 'reads', change: 'once' }, absent: 'reads' } as const;
    const card: ToolCard = { ...CARD, effect: 'once', effectBy };
    assert.equal(
      toolLines(card, plain)[4],
      'Effect   once, by "mode": reads for look, once for change, reads without it',
    );
  });

  it('is the same for a program', () => {
    assert.deepEqual(toolReport(CARD), {
      event: 'tool',
      name: 'own',
      description: 'Says\nsomething.',
      effect: 'pure',
      timeout_ms: 50,
      built_in: false,
      input: { type: 'null' },
      output: true,
    });
  });
});
