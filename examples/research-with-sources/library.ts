import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// The web site of a village: pages, an opening hours page that only a browser can read, and a search that answers as
// SearXNG does.
const PAGES: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  mill: {
    title: 'The mill',
    text: 'The mill on the hill was built in 1874. It ground flour for seven villages. A fire took its roof in 1931.',
  },
  ferry: {
    title: 'The ferry',
    text: 'The ferry has crossed the river since 1902. It carries twelve people and two bicycles.',
  },
  bridge: {
    title: 'The bridge',
    text: 'The stone bridge has five arches. It was closed to cars in 1988, and is open to walkers all year.',
  },
};

const OPENING = `<!doctype html><title>Opening hours</title><h1>Opening hours</h1><table id="hours"></table>
<script>
  const hours = { 'The mill': 'Saturday, 10 to 16', 'The ferry': 'every day, 6 to 22' };
  for (const [place, open] of Object.entries(hours)) {
    const row = document.querySelector('#hours').insertRow();
    row.insertCell().textContent = place;
    row.insertCell().textContent = open;
  }
</script>`;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const page = PAGES[pathname.slice(1)];
  if (pathname === '/search') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(search(searchParams.get('q') ?? '', `http://${request.headers.host}`)));
  } else if (pathname === '/opening') {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(OPENING);
  } else if (page !== undefined) {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>${page.title}</title><h1>${page.title}</h1><p>${page.text}</p>`);
  } else response.writeHead(404).end();
});

/** Pages that hold words of the question, those with the most of them first. */
function search(query: string, site: string) {
  const words = query.toLowerCase().match(/[a-z]{4,}/gu) ?? [];
  const results = Object.entries(PAGES)
    .map(([name, { title, text }]) => ({
      url: `${site}/${name}`,
      title,
      content: text,
      score: words.filter((word) => `${title} ${text}`.toLowerCase().includes(word)).length,
    }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score);
  return { query, results, answers: [], suggestions: [], unresponsive_engines: [] };
}

server.listen(Number(process.argv[2] ?? 8092), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
