import { crc32, deflateSync } from 'node:zlib';
import type { Image } from '../../activities/models/provider.ts';

const SIDE = 8;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A small square of one colour. */
export function picture(red: number, green: number, blue: number): Image {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  // Eight bits of each of three colours.
  head.set([8, 2], 8);
  const row = [0, ...Array.from({ length: SIDE }, () => [red, green, blue]).flat()];
  const rows = Buffer.from(Array.from({ length: SIDE }, () => row).flat());
  const parts = [Buffer.from(SIGNATURE), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', '')];
  return { mediaType: 'image/png', base64: Buffer.concat(parts).toString('base64') };
}

function chunk(name: string, data: Buffer | ''): Buffer {
  const body = Buffer.concat([Buffer.from(name), Buffer.from(data)]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
