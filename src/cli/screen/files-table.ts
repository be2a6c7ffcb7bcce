import type { SavedFile } from '../../pipeline/view.ts';
import { printableLine } from './printable.ts';
import type { Table } from './table.ts';

export function filesTable(files: readonly SavedFile[]): Table {
  return {
    columns: [{ head: 'FILE' }, { head: 'BYTES' }, { head: 'STEP' }],
    rows: files.map(({ path, bytes, step }) => [
      { text: printableLine(path) },
      { text: String(bytes) },
      { text: step, style: 'dim' },
    ]),
  };
}
