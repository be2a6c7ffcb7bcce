import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareRecordings } from './compare.ts';
import { parseRecording, type Recording } from './record.ts';
import { report } from './report.ts';
import { runBench } from './run-bench.ts';
import { USAGE } from './usage.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'performance.md');
const INTERRUPTED = 130;

// An interrupted measurement leaves promises that nobody waits for any more.
process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string' },
      minutes: { type: 'string' },
      'cpu-prof': { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const [action = 'run', ...files] = positionals;
  if (action === 'report' && files.length > 0) {
    const [first = '', ...others] = files;
    return showReport([await recordingOf(first), ...(await Promise.all(others.map(recordingOf)))], values.write);
  }
  switch (`${action} ${files.length}`) {
    case 'run 0':
      return run(args, {
        isSmoke: values.smoke,
        only: values.only?.split(','),
        minutes: values.minutes === undefined ? undefined : Number(values.minutes),
        cpuProfiles: values['cpu-prof'],
      });
    case 'compare 2':
      console.log(compareRecordings(await recordingOf(files[0]), await recordingOf(files[1])));
      return 0;
    default:
      console.error(USAGE);
      return 2;
  }
}

interface Choice {
  readonly isSmoke: boolean;
  readonly only: readonly string[] | undefined;
  readonly minutes: number | undefined;
  readonly cpuProfiles: string | undefined;
}

async function run(args: readonly string[], choice: Choice): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const command = ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' ');
  const { file, recording } = await runBench({ ...choice, command, signal: interruption.signal });
  console.log(`\n${report(recording)}\n${file}`);
  if (interruption.signal.aborted) return INTERRUPTED;
  return recording.failures.length === 0 ? 0 : 1;
}

async function showReport(recordings: [Recording, ...Recording[]], isWritten: boolean): Promise<number> {
  const text = report(...recordings);
  if (isWritten) await writeFile(DOCUMENT, text);
  else console.log(text);
  return 0;
}

async function recordingOf(file = ''): Promise<Recording> {
  return parseRecording(await readFile(file, 'utf8'));
}
