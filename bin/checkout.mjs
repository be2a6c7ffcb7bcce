// Runs a TypeScript source of this checkout as it is. Plain JavaScript without dependencies, because it is what
// installs them, and because the Node that is called `node` here may be too old to run the sources.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE_MIN = 24;
const NODE_OPTIONS = ['--conditions=orchestrator-source', '--disable-warning=ExperimentalWarning'];

/** Installs what is missing, runs the script on a new enough Node, and ends as it ended. */
export async function runFromCheckout(script, args) {
  try {
    if (!isInstalled()) await underLock(install);
    await becomeChild(nodePath(), [...NODE_OPTIONS, join(ROOT, script), ...args]);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}

/** By its path: a shell that has run the old `node` remembers where it was, whatever is first on PATH since. */
function nodePath() {
  if (Number.parseInt(process.versions.node) >= NODE_MIN) return process.execPath;
  const path = join(ROOT, 'node_modules/node/bin/node');
  if (existsSync(path)) return path;
  throw new Error(
    `Cannot run on Node ${process.versions.node}: version ${NODE_MIN} or later is needed, and the npm package "node" that brings it ` +
      'was installed without its install script; allow that script (npm config set ignore-scripts false), delete node_modules and try again',
  );
}

/** Whether everything that the lock file demands is there in its version, going by the list that npm keeps of what it installed. */
function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === '' || optional || present[path]?.version === version;
  });
}

function packagesIn(file) {
  const path = join(ROOT, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** npm follows its reason with its whole manual. */
const LINES_SHOWN = 15;

async function install() {
  if (isInstalled()) return;
  const startedAt = Date.now();
  say('Installing dependencies');
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const output = await collect(spawn(program, [...first, ...flags], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
  if (!isInstalled())
    throw new Error(
      `Cannot install the dependencies: "npm ci" failed\n${output.split('\n').slice(0, LINES_SHOWN).join('\n')}`,
    );
  say(`  done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

async function collect(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => {
    child.on('error', (error) => ((output += error.message), resolve()));
    child.on('close', resolve);
  });
  return output;
}

const LOCK_STALE_MS = 10_000;
const LOCK_POLL_MS = 500;

/** One installation at a time: making a folder succeeds for one process only. Its age tells whether its maker still lives. */
async function underLock(work) {
  const lock = join(tmpdir(), `orchestrator-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`);
  for (let isFirst = true; !tryLock(lock); isFirst = false) {
    if (isFirst) say('Waiting for another process that installs the dependencies');
    await delay(LOCK_POLL_MS);
  }
  const timer = setInterval(() => utimesSync(lock, new Date(), new Date()), LOCK_STALE_MS / 4);
  try {
    await work();
  } finally {
    clearInterval(timer);
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LOCK_STALE_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

/** Passes signals on, and ends with the child's exit code or by its signal. */
async function becomeChild(program, args) {
  // What Node has made of a source serves the next start, which then takes half the time.
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env };
  const child = spawn(program, args, { stdio: 'inherit', env });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // A terminal sends its signals to the child as well; passed on, Ctrl-C would arrive twice.
  const passOn = (signal) => (signal !== 'SIGTERM' && hasTerminal() ? undefined : child.kill(signal));
  for (const signal of signals) process.on(signal, passOn);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (...end) => resolve(end));
  });
  for (const each of signals) process.removeListener(each, passOn);
  if (signal === null) process.exitCode = code;
  else process.kill(process.pid, signal);
}

function hasTerminal() {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
}
