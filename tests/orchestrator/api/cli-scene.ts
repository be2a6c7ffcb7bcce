import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGround, type TestGround } from '../../runs.ts';
import { endStrays, runCli } from './cli-process.ts';
import { startGates, type Gates } from './gates.ts';

/** A ground without a worker, and two pipelines in files. */
export interface CliScene {
  readonly ground: TestGround;
  readonly gates: Gates;
  readonly quick: string;
  /** Its step takes until the gate with the id of the run is opened. */
  readonly slow: string;
}

const QUICK = 'name: quick\nsteps:\n  one: { set: 1 }\n';

export const slowPipeline = ({ url }: Gates): string =>
  `name: slow\nsteps:\n  wait: { tool: http.request, with: { url: "${url}/\${{ run.id }}" } }\n`;

/** Opens a scene before the tests of a file, and closes it after them with what they have left running. */
export function useCliScene(take: (scene: CliScene) => void): void {
  let close: (() => Promise<void>) | undefined;

  before(async () => {
    const gates = await startGates();
    const ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: gates.host });
    const [quick, slow] = [join(ground.folder, 'quick.yaml'), join(ground.folder, 'slow.yaml')];
    close = async () => {
      endStrays();
      await runCli(['dev', 'stop'], ground.environment);
      await ground.close();
      await gates.close();
    };
    await Promise.all([writeFile(quick, QUICK), writeFile(slow, slowPipeline(gates))]);
    take({ ground, gates, quick, slow });
  });

  after(() => close?.());
}
