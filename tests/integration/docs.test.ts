import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { loadOwnParts } from '../../src/own-parts/load.ts';
import { validate } from '../../src/validate.ts';
import { anchorsOf, blocksOf, pages, pageText, relativeLinks, ROOT, type Block } from '../markdown.ts';
import { FIRST_PAGES, FURTHER_PAGES, OWN_PAGES } from './docs/followed-pages.ts';

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
      it(`can be run: ${page}, line ${line}`, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'orchestrator-page-'));
        try {
          await Promise.all(filesOf(page).map((file) => writeFile(join(folder, file.name), file.text)));
          validate(text, { file: page, folder, config: await loadOwnParts(config, folder) });
        } finally {
          await rm(folder, { recursive: true });
        }
      });
    }
  }
});

/** Pipelines that a page names as files, for others on it to lead to: "`./answer.yaml`:" stands above them. */
function filesOf(page: string): { readonly name: string; readonly text: string }[] {
  const found = pageText(page).matchAll(/^`\.\/(\S+\.yaml)`:\n\n```yaml\n([^]*?)^```$/gmu);
  const own = blocksOf(page).filter(({ note }) => note.endsWith('orchestrator.config.ts'));
  return [
    ...Array.from(found, ([, name = '', text = '']) => ({ name, text })),
    ...own.map(({ text }) => ({ name: 'orchestrator.config.ts', text })),
  ];
}

function isPipeline({ language, text }: Block): boolean {
  return language === 'yaml' && /^name:/mu.test(text) && /^steps:/mu.test(text);
}

/** An example's page is followed by the example's own test. */
const isExample = (page: string): boolean =>
  existsSync(join(ROOT, 'tests/integration', `${posix.dirname(page)}.test.ts`));

/** What `sh setup` blocks may hold: it prepares or cleans the machine, and other tests or this one's set-up do it. */
const SET_UP = [
  /^git clone .* orchestrator$/u,
  /^cd /u,
  /^export ORCHESTRATOR_\w+=\S+$/u,
  /^mkdir /u,
  /^npm (start|test|run build)$/u,
  /^npm (link|unlink --global)( orchestrator)?$/u,
  /^orchestrator dev stop$/u,
  /^node bin\/launch\.mjs examples\/\S+\.ts$/u,
  /^rm -r ~\/\.cache\/orchestrator ~\/\.local\/state\/orchestrator$/u,
];

const FOLLOWED = [...FIRST_PAGES, ...FURTHER_PAGES, ...OWN_PAGES];

describe('the shell commands of the documentation', () => {
  it('are tried, but for what sets up the machine', () => {
    const untried = pages().flatMap((page) => {
      const shell = blocksOf(page).filter(({ language }) => language === 'sh');
      const left = FOLLOWED.includes(page) || isExample(page) ? shell.filter(({ note }) => note === 'setup') : shell;
      return left.flatMap(({ text }) => text.trim().split('\n'));
    });
    assert.deepEqual(
      untried.filter((line) => !SET_UP.some((each) => each.test(line))),
      [],
    );
  });
});
