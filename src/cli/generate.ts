import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generate/files.ts';

// `npm run generate` gives `docs`.
const [folder] = process.argv.slice(2) as [string];
for (const { name, text } of generatedFiles()) {
  writeFileSync(join(folder, name), text);
  console.log(`Wrote ${name}`);
}
