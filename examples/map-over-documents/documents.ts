import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Writes 1,000 reports of a railway, one for each day, and `inputs.json`, which lists them for a run.
const [folder = 'documents', count = '1000'] = process.argv.slice(2);
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

function report(number: number): string {
  const day = new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10);
  if (number % 250 === 99) return `Report of ${day}\n`; // somebody forgot to write it
  const trains = 20 + (number % 7);
  const late = number % 100 === 0 ? `${1 + (number % 3)} trains were late.` : 'All of them were on time.';
  return `Report of ${day}\n\nThere were ${trains} trains. ${late}\n`;
}

await mkdir(folder, { recursive: true });
const files = Array.from({ length: Number(count) }, (_, number) => ({
  file: join(folder, `day-${String(number).padStart(4, '0')}.txt`),
  text: report(number),
}));
await Promise.all(files.map(({ file, text }) => writeFile(file, text)));
await writeFile(join(folder, 'inputs.json'), JSON.stringify({ documents: files.map(({ file }) => ({ file })) }));
console.log(`${files.length} documents in ${folder}`);
