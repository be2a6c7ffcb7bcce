const PIPELINE = `# yaml-language-server: $schema=./node_modules/orchestrator/docs/pipeline.schema.json
name: first
description: Count the words of a text with a tool of one's own, and check what comes of it.

inputs:
  text: { type: string, default: Pipelines that survive a crash }

steps:
  count:
    tool: words.count
    with: { text: "\${{ inputs.text }}" }
  report:
    set: "\${{ inputs.text }}: \${{ steps.count.output.words }} words."
    checks:
      - ends_with: .

outputs:
  report: \${{ steps.report.output }}
`;

/** Of what is looked for; nothing of this program has one. */
const EXPORT = 'export default';

const CONFIG = `import { defineCheck, defineConfig, defineTool } from 'orchestrator';
import { z } from 'zod';

const wordsCount = defineTool({
  name: 'words.count',
  description: 'Counts the words of a text.',
  // What a repetition may do: pure, reads, idempotent or once.
  effect: 'pure',
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ words: z.int() }),
  run: ({ text }) => ({ words: text.split(/\\s+/).filter(Boolean).length }),
});

const endsWith = defineCheck({
  name: 'ends_with',
  description: 'Holds when the text ends so.',
  options: z.string().min(1),
  run(subject, end) {
    const passed = String(subject).endsWith(end);
    const reason = \`The text \${passed ? 'ends' : 'does not end'} with "\${end}"\`;
    return { passed, score: passed ? 1 : 0, reason };
  },
});

${EXPORT} defineConfig({
  tools: [wordsCount],
  checks: [endsWith],
  // MCP servers, by name: their tools are called mcp:<server>/<tool>.
  mcp: {},
});
`;

const PACKAGE = `{
  "private": true,
  "type": "module"
}
`;

const README = `# A pipeline

\`\`\`sh
orchestrator run pipeline.yaml
orchestrator run pipeline.yaml --input text="Any text"
\`\`\`

- \`pipeline.yaml\`: what runs.
- \`orchestrator.config.ts\`: tools and checks of your own, and MCP servers. \`orchestrator tools\` lists what pipelines can call,
  \`orchestrator tools call words.count --input '{"text":"a b"}'\` calls one.
- For types in your editor: \`npm install orchestrator zod\`.
`;

const IGNORED = `node_modules/
.env
`;

/** The files of a new project. */
export const TEMPLATE: Readonly<Record<string, string>> = {
  'pipeline.yaml': PIPELINE,
  'orchestrator.config.ts': CONFIG,
  'package.json': PACKAGE,
  'README.md': README,
  '.gitignore': IGNORED,
};
