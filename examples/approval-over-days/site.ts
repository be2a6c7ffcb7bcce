import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

// A chat that people are told in, and a site that letters are published on. Both print what they are sent.
const server = createServer((request, response) => {
  void text(request).then((body) => {
    console.log(`${request.method} ${request.url} ${body}`.trimEnd());
    response.end();
  });
});

server.listen(Number(process.argv[2] ?? 8092), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
