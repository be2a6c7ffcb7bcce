import assert from 'node:assert/strict';
import { loadedBy, sourceText } from '../../imports.ts';
import { productCode } from '../../test-bundle.ts';

/** Without the source map. A worker reads all of it when it starts. */
const BYTES_MAX = 1_250_000;

/** Packages that the sandbox needs; the last three are the SDK's own. */
const PACKAGES = ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc', 'ms', 'long'];

/** The names under which webpack keeps the modules of a bundle. */
function modulesIn(code: string): string[] {
  return [...code.matchAll(/^\/\*\*\*\/ "([^"\n]+)"/gm)].map(([, name]) => name ?? '');
}

function packageOf(module: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
}

describe('the workflow bundle', () => {
  let code = '';

  before(async () => {
    const { workflowBundle } = await productCode();
    assert.ok(workflowBundle !== undefined && 'code' in workflowBundle);
    ({ code } = workflowBundle);
  });

  it('holds our workflows', () => {
    assert.ok(modulesIn(code).some((module) => module.endsWith('workflows/run-pipeline.ts')));
  });

  it("holds no schema library, parser, vendor or price table, nor anything else that is not the sandbox's", () => {
    const packages = new Set(
      modulesIn(code)
        .map(packageOf)
        .filter((name) => name !== undefined),
    );
    assert.deepEqual(
      [...packages].filter((name) => !PACKAGES.includes(name)),
      [],
    );
  });

  it('holds nothing of Node', () => {
    assert.deepEqual(
      modulesIn(code).filter((module) => /^(external|node:)/.test(module)),
      [],
    );
  });

  it('holds nothing of the activities', () => {
    assert.deepEqual(
      modulesIn(code).filter((module) => module.includes('/activities/')),
      [],
    );
  });

  // Runs share it, so that what one run leaves in it another one would find.
  it('keeps nothing that changes outside of functions', () => {
    const changing =
      /^(?:export )?(?:let|var) .*|^(?:export )?const .*= new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\).*/gm;
    const kept = [...loadedBy('workflows/index.ts')].flatMap((file) =>
      [...sourceText(file).matchAll(changing)].map(([line]) => `${file}: ${line}`),
    );
    assert.deepEqual(kept, []);
  });

  it(`has at most ${BYTES_MAX} bytes`, () => {
    const [program = ''] = code.split('//# sourceMappingURL=');
    assert.ok(Buffer.byteLength(program) <= BYTES_MAX, `it has ${Buffer.byteLength(program)}`);
  });
});
