import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// The services of a shop. `PUT /<service>/<order>` has one do something, and `DELETE` undoes it; `GET /prices/<order>`
// gives a price. `POST /off/<service>` puts a service out of order, `POST /on/<service>` mends it.
const off = new Set<string>();

const server = createServer((request, response) => {
  const { method = '', url = '' } = request;
  const [, service = '', name = ''] = url.split('/');
  if (method === 'POST' && service === 'off') off.add(name);
  if (method === 'POST' && service === 'on') off.delete(name);
  const status = off.has(service) ? 503 : 200;
  console.log(method, url, status);
  const body = status === 200 ? { price: 120 } : { error: `${service}: out of order` };
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
});

server.listen(Number(process.argv[2] ?? 8091), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
