import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer, type TestServer } from './surroundings.ts';

/**
 * A search server over the Markdown files of a folder, which answers as SearXNG does (`/search?q=…&format=json`): files
 * that hold every word of the question, those with the most of them first. A query `engine-fails` is one of which no
 * engine knows an answer.
 */
export async function startSearchServer(folder: string): Promise<TestServer> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md'));
  const pages = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  );
  return startServer((request, response) => {
    const { pathname, searchParams } = new URL(String(request.url), 'http://host');
    if (pathname !== '/sub/search') return void response.writeHead(404).end();
    if (searchParams.get('format') !== 'json') return void response.end('<html>');
    const query = String(searchParams.get('q'));
    const words = query.toLowerCase().split(/\s+/u);
    const results = pages
      .map(({ name, text }) => ({ name, text, score: scoreOf(text.toLowerCase(), words) }))
      .filter(({ score }) => score > 0)
      .toSorted((one, other) => other.score - one.score)
      .map((page, index) => resultOf(page, words[0] as string, index));
    const unresponsive = query === 'engine-fails' ? [['broken', 'HTTP connection error']] : [];
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        query,
        results,
        answers: [],
        corrections: [],
        infoboxes: [],
        suggestions: [],
        unresponsive_engines: unresponsive,
      }),
    );
  });
}

function scoreOf(text: string, words: readonly string[]): number {
  const counts = words.map((word) => text.split(word).length - 1);
  return Math.min(...counts);
}

function resultOf({ name, text, score }: { name: string; text: string; score: number }, word: string, index: number) {
  const at = Math.max(text.toLowerCase().indexOf(word), 0);
  return {
    url: `https://docs.example/${name}`,
    title: /^# (.+)$/mu.exec(text)?.[1] ?? name,
    content: text.slice(at, at + 2000),
    engine: 'files',
    template: 'default.html',
    parsed_url: ['https', 'docs.example', `/${name}`, '', '', ''],
    engines: ['files'],
    positions: [index + 1],
    score,
    category: 'general',
    publishedDate: null,
  };
}
