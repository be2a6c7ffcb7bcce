import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import type { HostAddress, Resolve } from '../../../activities/tools/network-guard.ts';

export interface NameServer {
  /** Asks this server, and no other. */
  readonly resolve: Resolve;
  /** How often it was asked. */
  asked(): number;
  close(): void;
}

/**
 * A DNS server that gives another answer each time it is asked, as one does that rebinds names; the last one stays.
 * Without any it is silent.
 */
export async function startNameServer(answers: readonly string[][]): Promise<NameServer> {
  let asked = 0;
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer !== undefined) socket.send(reply(query, answer), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver({ timeout: 30_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const resolve: Resolve = async (host) =>
    (await resolver.resolve4(host)).map((address): HostAddress => ({ address, family: 4 }));
  return { resolve, asked: () => asked, close: () => socket.close() };
}

/** RFC 1035: the question comes back with A records that live for no time at all. */
function reply(query: Buffer, addresses: readonly string[]): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, query.subarray(12, questionEnd), ...records]);
}
