import stringWidth from 'string-width';
import type { Lines, Paint, Style } from './terminal.ts';

export interface Column {
  readonly head: string;
  /** Columns with a rank give way on a narrow screen, the highest rank first. */
  readonly rank?: number;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const GAP = 2;

/** Columns without rules, as wide as their widest cell. Empty columns are left out; the last one is cut at the edge. */
export function tableLines(table: Table, paint: Paint, width = Infinity): Lines {
  const { columns, rows } = fit(withoutEmpty(table), width);
  const widths = widthsOf({ columns, rows });
  const head = columns.map((column): Cell => ({ text: column.head, style: 'dim' }));
  return [head, ...rows].map((cells) => {
    let left = width;
    const texts = cells.map((cell, index) => {
      const isLast = index === cells.length - 1;
      const text = cutToWidth(cell.text, left);
      const cellWidth = widths[index] as number;
      left -= cellWidth + GAP;
      const padding = isLast ? '' : ' '.repeat(cellWidth - stringWidth(text) + GAP);
      return (cell.style === undefined || text === '' ? text : paint(cell.style, text)) + padding;
    });
    return texts.join('').trimEnd();
  });
}

/** The beginning of a text that takes at most `width` columns; an ellipsis says that something is missing. */
export function cutToWidth(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const character of text) {
    left -= stringWidth(character);
    if (left < 0) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`;
}

function withoutEmpty(table: Table): Table {
  return keepColumns(table, (_column, index) => table.rows.some((row) => cellAt(row, index).text !== ''));
}

function fit(table: Table, width: number): Table {
  const ranks = table.columns.map((column) => column.rank ?? 0);
  const highest = Math.max(0, ...ranks);
  // The last column is cut rather than counted: it holds remarks of any length.
  const needed = widthsOf(table)
    .slice(0, -1)
    .reduce((sum, one) => sum + one + GAP, REMARK_WIDTH);
  if (highest === 0 || needed <= width) return table;
  return fit(
    keepColumns(table, (column) => (column.rank ?? 0) !== highest),
    width,
  );
}

const REMARK_WIDTH = 12;

function keepColumns(table: Table, keeps: (column: Column, index: number) => boolean): Table {
  const indexes = table.columns.flatMap((column, index) => (keeps(column, index) ? [index] : []));
  return {
    columns: indexes.map((index) => table.columns[index] as Column),
    rows: table.rows.map((row) => indexes.map((index) => cellAt(row, index))),
  };
}

function widthsOf({ columns, rows }: Table): readonly number[] {
  return columns.map((column, index) =>
    Math.max(stringWidth(column.head), ...rows.map((row) => stringWidth(cellAt(row, index).text))),
  );
}

/** Every row has a cell for every column. */
function cellAt(row: readonly Cell[], index: number): Cell {
  return row[index] as Cell;
}
