// npm run build: the sources as JavaScript, and the workflow bundle that a worker then need not make at its start.
import { spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { WORKFLOW_SOURCES } from '../src/workflow-code.ts';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const BUNDLE = path('dist/workflows/bundle.js');

rmSync(path('dist'), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
if (status !== 0) process.exit(status ?? 1);
const { code } = await bundleWorkflowCode({ ...WORKFLOW_SOURCES, logger: new DefaultLogger('ERROR') });
writeFileSync(BUNDLE, code);
console.log(`Built dist/, with a workflow bundle of ${Math.round(statSync(BUNDLE).size / 1024)} KB`);
