import { defineCheck, defineConfig, defineTool } from 'orchestrator';
import { z } from 'zod';

const Bill = z.strictObject({ lines: z.int(), net: z.number(), tax: z.number(), total: z.number() });

const price = defineTool({
  name: 'orders.price',
  description: 'Prices a table of orders, with tax.',
  effect: 'pure',
  input: z.strictObject({
    csv: z.string().describe('item, count and price, with a line of heads'),
    rate: z.number().min(0).max(100).describe('The tax, in per cent'),
  }),
  output: Bill,
  run({ csv, rate }) {
    const rows = csv.trim().split('\n').slice(1);
    const net = rows.reduce((sum, row) => sum + Number(row.split(',')[1]) * Number(row.split(',')[2]), 0);
    const tax = (net * rate) / 100;
    return { lines: rows.length, net: cents(net), tax: cents(tax), total: cents(net + tax) };
  },
});

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

const addsUp = defineCheck({
  name: 'adds_up',
  description: 'Holds when the net sum and the tax of a bill come to its total.',
  options: z.strictObject({ within: z.number().min(0) }),
  run(subject, { within }) {
    const { net, tax, total } = Bill.parse(subject);
    const difference = Math.abs(net + tax - total);
    const reason = `${net} and ${tax} are off ${total} by ${cents(difference)}`;
    return { passed: difference <= within, score: difference <= within ? 1 : 0, reason };
  },
});

export default defineConfig({
  tools: [price],
  checks: [addsUp],
  mcp: {
    files: {
      // It is started in this folder, and sees nothing but `data`.
      command: ['npx', '-y', '@modelcontextprotocol/server-filesystem@2026.8.31', 'data'],
      cwd: '.',
      allow: ['read_text_file', 'list_directory'],
      effects: { 'read_*': 'reads', 'list_*': 'reads' },
      timeoutMs: 20_000,
    },
  },
});
