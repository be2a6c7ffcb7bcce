import { access, constants, mkdir } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { FREE_BYTES_MIN, freeBytes } from './disk.ts';
import { examineModels } from './examine-models.ts';
import { examineTemporal } from './examine-temporal.ts';
import type { Examination } from './examination.ts';
import { formatMegabytes } from './progress.ts';

const NODE_MIN = 24;

/** Everything that a run needs, as it is on this machine now, in the order in which a run needs it. */
export async function examine(config: Config): Promise<Examination[]> {
  const [disk, artifacts, temporal, models] = await Promise.all([
    examineDisk(config.folders.state),
    examineArtifacts(config.folders.artifacts),
    examineTemporal(config),
    examineModels(config),
  ]);
  return [examineNode(process.versions.node), disk, artifacts, ...temporal, ...models];
}

export function examineNode(version: string): Examination {
  const found = `${version} at ${process.execPath}`;
  if (Number.parseInt(version) >= NODE_MIN) return { subject: 'Node', status: 'ok', found };
  return { subject: 'Node', status: 'missing', found, advice: `install Node ${NODE_MIN} or later` };
}

export async function examineDisk(folder: string, wanted = FREE_BYTES_MIN): Promise<Examination> {
  const free = await freeBytes(folder);
  const found = `${formatMegabytes(free)} free for ${folder}`;
  if (free >= wanted) return { subject: 'Disk', status: 'ok', found };
  const advice = `free at least ${formatMegabytes(wanted)}: on a full disk runs stand still`;
  return { subject: 'Disk', status: 'warning', found, advice };
}

async function examineArtifacts(folder: string): Promise<Examination> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { subject: 'Artifacts', status: 'ok', found: folder };
  } catch (error) {
    const found = `${folder} cannot be written: ${(error as NodeJS.ErrnoException).code}`;
    return {
      subject: 'Artifacts',
      status: 'missing',
      found,
      advice: 'allow writing there, or set ORCHESTRATOR_ARTIFACTS',
    };
  }
}
