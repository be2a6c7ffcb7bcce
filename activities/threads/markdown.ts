import TurndownService from 'turndown';

/** HTML as Markdown, tables as GitHub writes them. */
export function markdownOf(node: TurndownService.Node): string {
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    hr: '---',
  });
  service.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content) =>
      ` ${content
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/(?<!\\)\|/g, '\\|')} |`,
  });
  service.addRule('caption', { filter: 'caption', replacement: (content) => `${content}\n\n` });
  service.addRule('row', { filter: 'tr', replacement: (content) => `|${content}\n` });
  service.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  service.addRule('table', { filter: 'table', replacement: (content) => `\n\n${withHead(content)}\n\n` });
  service.remove('title');
  return service.turndown(node).trim();
}

/** Markdown has no tables without a head: the first row is it. */
function withHead(rows: string): string {
  const lines = rows.split('\n').filter((line) => line.trim() !== '');
  const first = lines.findIndex((line) => line.startsWith('|'));
  if (first === -1) return rows;
  const cells = (lines[first] as string).split(/(?<!\\)\|/).length - 1;
  return lines.toSpliced(first + 1, 0, `|${' --- |'.repeat(cells - 1)}`).join('\n');
}
