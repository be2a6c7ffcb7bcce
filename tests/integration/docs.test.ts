import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, posix } from 'node:path';
import { execa } from 'execa';
import { stopWorkers } from '../../src/cli/background-worker.ts';
import { loadConfig } from '../../src/config.ts';
import { validate } from '../../src/validate.ts';
import { anchorsOf, blocksOf, pages, relativeLinks, ROOT, type Block } from '../markdown.ts';
import { server } from '../servers.ts';

/** In the note of a block: this pipeline is meant to be refused. */
const BROKEN = '(broken)';

describe('links of the documentation', () => {
  for (const page of pages()) {
    it(`lead somewhere in ${page}`, () => {
      assert.deepEqual(
        relativeLinks(page).filter((link) => !isFound(page, link)),
        [],
      );
    });
  }
});

function isFound(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || (target.endsWith('.md') && anchorsOf(target).has(anchor));
}

describe('pipelines in the documentation', () => {
  const config = loadConfig({ ANTHROPIC_API_KEY: 'none', OPENAI_API_KEY: 'none' });
  for (const page of pages()) {
    for (const { line, text, note } of blocksOf(page).filter(isPipeline)) {
      if (note.endsWith(BROKEN)) continue;
      it(`can be run: ${page}, line ${line}`, () => void validate(text, { file: page, config }));
    }
  }
});

function isPipeline({ language, text }: Block): boolean {
  return language === 'yaml' && /^name:/mu.test(text) && /^steps:/mu.test(text);
}

/** Pages that people follow from top to bottom, one after the other. */
const FOLLOWED = ['README.md', 'docs/installation.md', 'docs/getting-started.md', 'docs/schedules.md'];

/** What `sh setup` blocks may hold: it prepares or cleans the machine, and other tests or this one's set-up do it. */
const SET_UP = [
  /^git clone .* orchestrator$/u,
  /^cd /u,
  /^mkdir /u,
  /^npm (start|test|run build)$/u,
  /^npm (link|unlink --global)( orchestrator)?$/u,
  /^orchestrator dev stop$/u,
  /^rm -r ~\/\.cache\/orchestrator ~\/\.local\/state\/orchestrator$/u,
];

/**
 * A block with a file name is written to that file, an `sh` block is run, and a `text` block after it is what it
 * prints; `…` stands for anything.
 */
describe('what the documentation tells people to do', function () {
  this.timeout(180_000);
  let place: Place;

  before(async () => {
    place = await openPlace();
  });
  after(() => closePlace(place));

  for (const page of FOLLOWED) {
    const blocks = blocksOf(page);
    blocks.forEach((block, index) => {
      if (block.language === 'sh' && block.note !== 'setup') {
        it(`works: ${page}, line ${block.line}`, () => follow(place, block, blocks[index + 1]));
      } else if (isFile(block)) {
        it(`is a file: ${page}, line ${block.line}`, () => writeFile(join(place.folder, fileOf(block)), block.text));
      }
    });
  }

  it('is tried, but for what sets up the machine', () => {
    const untried = pages().flatMap((page) => {
      const shell = blocksOf(page).filter(({ language }) => language === 'sh');
      const left = FOLLOWED.includes(page) ? shell.filter(({ note }) => note === 'setup') : shell;
      return left.flatMap(({ text }) => text.trim().split('\n'));
    });
    assert.deepEqual(
      untried.filter((line) => !SET_UP.some((each) => each.test(line))),
      [],
    );
  });
});

interface Place {
  readonly folder: string;
  /** Another one's runs may have the ids of the page. */
  readonly suffix: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-docs-'));
  const bin = join(folder, '.bin');
  await mkdir(bin);
  // What `npm link` does, here and there; with the sources in place of the build.
  await symlink(join(ROOT, 'bin/orchestrator.mjs'), join(bin, 'orchestrator'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/orchestrator'));
  const environment = {
    PATH: [bin, join(ROOT, 'node_modules/node/bin'), process.env['PATH']].join(delimiter),
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --conditions=source --disable-warning=ExperimentalWarning`,
    TEMPORAL_ADDRESS: server('temporal'),
    OLLAMA_HOST: server('ollama'),
    ORCHESTRATOR_TASK_QUEUE: `test-${randomUUID()}`,
    XDG_STATE_HOME: join(folder, '.state'),
  };
  return { folder, suffix: randomUUID().slice(0, 8), environment };
}

async function closePlace({ folder, environment }: Place): Promise<void> {
  await stopWorkers(loadConfig(environment));
  await rm(folder, { recursive: true, force: true });
}

async function follow(place: Place, { text, note }: Block, next: Block | undefined): Promise<void> {
  const { folder, environment, suffix } = place;
  const withOwnIds = (page: string): string => page.replaceAll(/\b(ticket|story)-1\b/gu, `$1-${suffix}`);
  const command = withOwnIds(text);
  const wanted = Number(/exit (\d+)/u.exec(note)?.[1] ?? 0);
  const options = { cwd: folder, env: environment, all: true, reject: false, stdin: 'ignore' } as const;
  const { all, exitCode } = await execa('bash', ['-euc', command], options);
  assert.equal(exitCode, wanted, all);
  if (next?.language !== 'text') return;
  const missing = missingIn(all, withOwnIds(next.text));
  assert.ok(missing === undefined, `${missing}\nis not printed by\n${command}\nwhich prints\n${all}`);
}

/** What a person would compare; undefined when the text prints everything that was expected, in its order. */
function missingIn(printed: string, expected: string): string | undefined {
  let from = 0;
  return expected
    .split(/…|\n/u)
    .map((piece) => piece.trim())
    .find((piece) => {
      const at = printed.indexOf(piece, from);
      from = at + piece.length;
      return at === -1;
    });
}

function isFile({ note, language }: Block): boolean {
  return language !== 'text' && /^\S+\.\w+( |$)/u.test(note);
}

function fileOf({ note }: Block): string {
  return note.split(' ')[0] as string;
}
