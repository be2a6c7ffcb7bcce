#!/usr/bin/env node
// In a checkout the sources run; in an installed package, what was built from them.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
if (existsSync(source) && !source.includes('node_modules')) {
  const { runFromCheckout } = await import('./checkout.mjs');
  await runFromCheckout('src/cli/main.ts', process.argv.slice(2));
} else if (Number.parseInt(process.versions.node) < 24) {
  console.error(`Cannot run on Node ${process.versions.node}: version 24 or later is needed`);
  process.exitCode = 1;
} else {
  // The next start takes half the time.
  module.enableCompileCache();
  await import('../dist/src/cli/main.js');
}
