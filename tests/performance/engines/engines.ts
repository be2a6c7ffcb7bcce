import type { Engine } from './engine.ts';
import { orchestrator } from './orchestrator.ts';
import { rawTemporal } from './raw-temporal.ts';

export const ENGINES = { orchestrator, 'raw-temporal': rawTemporal } as const satisfies Record<string, Engine>;

export type EngineName = keyof typeof ENGINES;
