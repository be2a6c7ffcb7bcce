import { deflateSync } from 'node:zlib';

/** A PDF with a page for each text, as small as the standard allows. */
export function pdfOf(texts: readonly string[], { trailer = '', step = 20 } = {}): Buffer {
  const kids = texts.map((_, at) => `${4 + 2 * at} 0 R`).join(' ');
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${texts.length} >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    ...texts.flatMap((text, at) => [pageOf(5 + 2 * at), contentOf(text, step)]),
  ];
  return assemble(objects, trailer);
}

function pageOf(content: number): Buffer {
  const resources = '/Resources << /Font << /F1 3 0 R >> >>';
  return Buffer.from(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] ${resources} /Contents ${content} 0 R >>`);
}

function contentOf(text: string, step: number): Buffer {
  const lines = text.split('\n').map((line) => `(${line}) Tj 0 -${step} Td`);
  return streamOf(Buffer.from(`BT /F1 12 Tf 72 700 Td ${lines.join(' ')} ET`));
}

/** A compressed stream. */
function streamOf(plain: Buffer): Buffer {
  const packed = deflateSync(plain, { level: 9 });
  return Buffer.concat([
    Buffer.from(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`),
    packed,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[], trailer: string): Buffer {
  const parts = [Buffer.from('%PDF-1.7\n')];
  const offsets: number[] = [];
  let size = 9;
  for (const [at, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(size);
    size += part.length;
    parts.push(part);
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  parts.push(Buffer.from(`xref\n0 ${count}\n0000000000 65535 f \n${table}`));
  parts.push(Buffer.from(`trailer\n<< /Size ${count} /Root 1 0 R ${trailer} >>\nstartxref\n${size}\n%%EOF`));
  return Buffer.concat(parts);
}

/** A page whose content unpacks to so many bytes. */
export function pdfBomb(bytes: number): Buffer {
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [4 0 R] /Count 1 >>'),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    pageOf(5),
    streamOf(Buffer.alloc(bytes, ' ')),
  ];
  return assemble(objects, '');
}

/** What a file says of itself that nobody opens without its password. */
export const ENCRYPTED =
  `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${'41'.repeat(32)}> /U <${'42'.repeat(32)}> /P -4 >> ` +
  `/ID [<${'00'.repeat(16)}> <${'00'.repeat(16)}>]`;
