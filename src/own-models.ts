import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { providers } from '../activities/models/providers.ts';
import { MODELS_FILE, readOwnModels, type OwnModel } from './catalog/models-file.ts';
import type { Config } from './config.ts';
import { readFile } from './read-file.ts';

/**
 * The models that a user describes: in the file that the configuration names, or else in `models.yaml` of a folder,
 * when it is there. Throws `FILE_UNREADABLE`, or `MODELS_INVALID` with every finding.
 */
export function loadOwnModels({ modelsFile }: Config, folder?: string): readonly OwnModel[] {
  const beside = folder === undefined ? undefined : join(folder, MODELS_FILE);
  const file = modelsFile ?? (beside !== undefined && existsSync(beside) ? beside : undefined);
  return file === undefined ? [] : readOwnModels(readFile(file), file, providers);
}
