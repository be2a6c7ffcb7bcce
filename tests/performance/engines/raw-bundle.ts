import { join } from 'node:path';

/** Where the hand-written workflows are. */
export const RAW_BUNDLE_OPTIONS = { workflowsPath: join(import.meta.dirname, 'raw-workflows.ts') };
