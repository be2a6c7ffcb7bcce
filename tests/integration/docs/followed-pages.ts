import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopWorkers } from '../../../src/cli/background-worker.ts';
import { loadConfig } from '../../../src/config.ts';
import { follow, linkCommand, type Place } from '../../followed.ts';
import { blocksOf, ROOT, type Block } from '../../markdown.ts';
import { server } from '../../servers.ts';

/** Pages that people follow from top to bottom. Those of one list are followed one after the other, in one place. */
export const FIRST_PAGES = ['README.md', 'docs/installation.md', 'docs/getting-started.md'];
export const FURTHER_PAGES = [
  'docs/control-flow.md',
  'docs/schedules.md',
  'docs/steering.md',
  'docs/models.md',
  'docs/budgets.md',
  'docs/quality.md',
  'docs/evaluation.md',
];

/** A place of its own, since its worker knows what those of the other pages do not. */
export const OWN_PAGES = ['docs/own-tools.md'];

/**
 * Defines a test for each block. A block with a file name is written to that file, an `sh` block is run, and a `text`
 * block after it is what it prints; `…` stands for anything.
 */
export function followPages(pages: readonly string[]): void {
  describe(`what ${pages.join(', ')} tell people to do`, function () {
    this.timeout(480_000);
    let place: Place;

    before(async () => {
      place = await openPlace();
    });
    after(() => closePlace(place));

    for (const page of pages) {
      const blocks = blocksOf(page);
      blocks.forEach((block, index) => {
        if (block.language === 'sh' && block.note !== 'setup') {
          it(`works: ${page}, line ${block.line}`, () => follow(place, block, blocks[index + 1]));
        } else if (isFile(block)) {
          it(`is a file: ${page}, line ${block.line}`, () => writeFile(join(place.folder, fileOf(block)), block.text));
        }
      });
    }
  });
}

async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-docs-'));
  const suffix = randomUUID().slice(0, 8);
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/orchestrator'));
  const environment = {
    ...(await linkCommand(folder)),
    TEMPORAL_ADDRESS: server('temporal'),
    OLLAMA_HOST: server('ollama'),
    ORCHESTRATOR_TASK_QUEUE: `test-${randomUUID()}`,
    XDG_STATE_HOME: join(folder, '.state'),
  };
  // Another one's runs may have the ids of the page.
  return {
    folder,
    environment,
    own: (text) => text.replaceAll(/\b(ticket|story|letter|parcel|report|review|labels|thanks)-1\b/gu, `$1-${suffix}`),
  };
}

async function closePlace({ folder, environment }: Place): Promise<void> {
  await stopWorkers(loadConfig(environment));
  await rm(folder, { recursive: true, force: true });
}

function isFile({ note, language }: Block): boolean {
  return language !== 'text' && /^\S+\.\w+( |$)/u.test(note);
}

function fileOf({ note }: Block): string {
  return note.split(' ')[0] as string;
}
