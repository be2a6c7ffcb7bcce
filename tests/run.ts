// npm test [-- [--long] [--coverage] [arguments of mocha]]
// npm test -- --record [names of histories]
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { loadConfig } from '../src/config.ts';
import { stateFiles } from '../src/local/folders.ts';
import { ensureModel, SMALL_MODEL } from '../src/local/model.ts';
import { startOllama } from '../src/local/ollama-server.ts';
import { freePort } from '../src/local/ports.ts';
import { formatSeconds, type Progress } from '../src/local/progress.ts';
import { startTemporal } from '../src/local/temporal-server.ts';
import { ensureTestServer } from '../src/local/test-server.ts';
import { aboveGate, belowGate, gapsIn, percentagesOf, readCoverage } from './coverage/summary.ts';
import { inOrder } from './order.ts';
import { ensureBrowser } from './browser.ts';
import { clearFolder, sweepOldFolders, FOLDER_PREFIX } from './leftovers.ts';
import { productCode, writeTestBundle } from './test-bundle.ts';

const ROOT = join(import.meta.dirname, '..');
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');
const HISTORIES = join(import.meta.dirname, 'orchestrator/state/record-histories.ts');
const SLOWEST_SHOWN = 20;
const REPORTER = join(import.meta.dirname, 'reporter.cjs');
const RECORDER = pathToFileURL(join(import.meta.dirname, 'coverage/record.mjs')).href;

interface Order {
  /** Besides those that `mochaArgs` name. */
  readonly files: readonly string[];
  readonly mochaArgs: readonly string[];
  /** Counting makes everything slower, and says little about a part of the tests. */
  readonly isCounted: boolean;
}

interface Result {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
  /** Of each file, in milliseconds. */
  readonly durations: Readonly<Record<string, number>>;
  /** The files with tests, or hooks, that failed. */
  readonly failed: readonly string[];
}

/**
 * Files that fail while others are busy beside them are run again, alone: on a machine that is full a server may be late.
 * They have to pass each of these times, every one of them is named at the end, and more of them are a failure at once.
 */
const UNSTEADY_FILES_MAX = 2;
const GOES_ALONE = 2;

/** Starts every server, runs the tests on them, says what was covered, and takes everything away again. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const order = readOrder(args);
  await sweepOldFolders();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  // PostgreSQL, which does not run as root, finds its files in it.
  await chmod(folder, 0o711);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
  try {
    const { signal } = interruption;
    return await (args.includes('--record') ? recordIn(folder, args, signal) : testIn(folder, order, signal));
  } finally {
    await clearFolder(folder);
  }
}

function readOrder(args: readonly string[]): Order {
  const own = ['--long', '--coverage'];
  const mochaArgs = args.filter((arg) => !own.includes(arg));
  const isLong = args.includes('--long');
  const namesFiles = mochaArgs.some((arg) => arg.endsWith('.ts'));
  return {
    files: inOrder([...(namesFiles ? [] : ['tests/**/*.test.ts']), ...(isLong ? ['tests/**/*.long.ts'] : [])], ROOT),
    mochaArgs,
    isCounted: args.includes('--coverage') || args.length === 0,
  };
}

async function testIn(folder: string, order: Order, signal: AbortSignal): Promise<number> {
  const startedAt = Date.now();
  const coverage = join(folder, 'coverage');
  const resultFile = join(folder, 'result.json');
  const environment = await prepare(folder, order.isCounted ? coverage : undefined);
  const testsFrom = Date.now();
  const env = { ...environment, ORCHESTRATOR_TEST_RESULT: resultFile };
  const exitCode = await runMocha(order, env, signal);
  const result = await readResult(resultFile);
  const isPassed = exitCode === 0 && result.failures === 0;
  const isUnsteady =
    !isPassed && order.mochaArgs.length === 0 && (await passAlone(result, { env, resultFile, signal }));
  const testsTo = Date.now();
  const isCovered = !order.isCounted || (await reportCoverage(coverage, order));
  console.log(slowestLine(result));
  console.log(`Set-up ${formatSeconds(testsFrom - startedAt)}, tests ${formatSeconds(testsTo - testsFrom)}`);
  console.log(closingLine(result));
  if (isUnsteady) console.log(`Unsteady, passed ${GOES_ALONE} times alone: ${namesOf(result.failed)}`);
  return (isPassed || isUnsteady) && isCovered ? 0 : 1;
}

interface Again {
  readonly env: Environment;
  readonly resultFile: string;
  readonly signal: AbortSignal;
}

async function passAlone({ failed }: Result, { env, resultFile, signal }: Again): Promise<boolean> {
  if (failed.length === 0 || failed.length > UNSTEADY_FILES_MAX || !failed.every((file) => existsSync(file)))
    return false;
  for (let go = 1; go <= GOES_ALONE; go += 1) {
    console.log(`Once more, alone (${go} of ${GOES_ALONE}): ${namesOf(failed)}`);
    await rm(resultFile, { force: true });
    const exitCode = await runMocha({ files: failed, mochaArgs: ['--no-parallel'], isCounted: false }, env, signal);
    if (exitCode !== 0 || (await readResult(resultFile)).failures > 0) return false;
  }
  return true;
}

function namesOf(files: readonly string[]): string {
  return files.map((file) => relative(ROOT, file)).join(', ');
}

/** Records histories of runs on the same servers, instead of testing. */
async function recordIn(folder: string, args: readonly string[], cancelSignal: AbortSignal): Promise<number> {
  const env = await prepare(folder, undefined);
  const names = args.filter((arg) => arg !== '--record');
  const { exitCode } = await execa(process.execPath, [...process.execArgv, HISTORIES, ...names], {
    stdio: 'inherit',
    extendEnv: false,
    env,
    reject: false,
    cancelSignal,
  });
  return exitCode ?? 1;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The servers of the product, started by the product, each in a folder of this run. */
async function prepare(folder: string, coverage: string | undefined): Promise<Environment> {
  const outside = outsideEnvironment();
  const state = join(folder, 'state');
  const config = loadConfig({ ...outside, XDG_STATE_HOME: state, OLLAMA_HOST: `127.0.0.1:${await freePort()}` });
  const { address } = await startTemporal(config, say);
  const { url } = await startOllama(config, say);
  await ensureModel(url, SMALL_MODEL, say);
  await makeModestModel(url);
  const testServer = await ensureTestServer(config, say);
  const browser = await ensureBrowser(say);
  const bundle = join(folder, 'bundle.js');
  for (const path of [join(folder, 'tmp'), ...(coverage === undefined ? [] : [coverage])]) await mkdir(path);
  await writeTestBundle(bundle, coverage);
  // The workers that tests start as processes find it, instead of making it at the same time.
  await productCode();
  return {
    ...outside,
    ...(coverage === undefined ? {} : recording(coverage)),
    TMPDIR: join(folder, 'tmp'),
    // A test starts the command line many times: what Node has made of a source serves the next process.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    XDG_STATE_HOME: state,
    ORCHESTRATOR_TEST_TEMPORAL: address,
    ORCHESTRATOR_TEST_OLLAMA: url,
    ORCHESTRATOR_TEST_OLLAMA_LOG: stateFiles(config).ollamaLog,
    ORCHESTRATOR_TEST_MODEL: MODEST_MODEL,
    ORCHESTRATOR_TEST_SERVER: testServer,
    ORCHESTRATOR_TEST_BROWSER: browser,
    ORCHESTRATOR_TEST_BUNDLE: bundle,
  };
}

const MODEST_MODEL = 'orchestrator-test';

/**
 * The small model, on one thread: several model servers with a thread for each core would spend their time
 * waiting for one another.
 */
async function makeModestModel(url: string): Promise<void> {
  const model = { model: MODEST_MODEL, from: SMALL_MODEL, parameters: { num_thread: 1 }, stream: false };
  const response = await fetch(`${url}/api/create`, { method: 'POST', body: JSON.stringify(model) });
  if (!response.ok) throw new Error(`Cannot make the model of the tests: ${await response.text()}`);
}

function recording(folder: string): Environment {
  const options = [process.env['NODE_OPTIONS'], `--import=${RECORDER}`].filter(Boolean);
  return { NODE_OPTIONS: options.join(' '), ORCHESTRATOR_TEST_COVERAGE: folder };
}

const say: Progress = (line) => console.log(line);

/** Without what would lead the product to somebody's own servers and settings. Vendors' keys stay. */
function outsideEnvironment(): Environment {
  const own = /^(TEMPORAL_|ORCHESTRATOR_|OLLAMA_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

async function runMocha({ files, mochaArgs }: Order, env: Environment, signal: AbortSignal): Promise<number> {
  const { exitCode } = await execa(process.execPath, [MOCHA, '--reporter', REPORTER, ...mochaArgs, ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    extendEnv: false,
    env,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 10_000,
  });
  return exitCode ?? 1;
}

async function reportCoverage(folder: string, { mochaArgs }: Order): Promise<boolean> {
  const map = await readCoverage(folder);
  const percentages = percentagesOf(map);
  for (const line of gapsIn(map)) console.log(line);
  console.log(`Coverage: ${percentages.lines} % of lines, ${percentages.branches} % of branches`);
  if (mochaArgs.length > 0) return true;
  const verdict = belowGate(percentages);
  const remark = verdict ?? aboveGate(percentages);
  if (remark !== undefined) console.log(remark);
  return verdict === undefined;
}

/** A run that ended before mocha could count has failed. */
async function readResult(path: string): Promise<Result> {
  const text = await readFile(path, 'utf8').catch(
    () => '{ "passes": 0, "failures": 1, "pending": 0, "durations": {}, "failed": [] }',
  );
  return JSON.parse(text) as Result;
}

/** For whoever orders them, or makes them quicker. */
function slowestLine({ durations }: Result): string {
  const slowest = Object.entries(durations).toSorted(([, one], [, other]) => other - one);
  const shown = slowest.slice(0, SLOWEST_SHOWN).map(([file, ms]) => `  ${relative(ROOT, file)} ${formatSeconds(ms)}`);
  return ['Slowest files', ...shown].join('\n');
}

function closingLine({ passes, failures, pending }: Result): string {
  return `${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`;
}

process.exitCode = await main(process.argv.slice(2));
