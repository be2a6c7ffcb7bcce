import type { Command } from 'commander';
import { addApprove } from './runs/approve.ts';
import { addBill } from './runs/bill.ts';
import { addCancel } from './runs/cancel.ts';
import { addDiff } from './runs/diff.ts';
import { addFiles } from './runs/files.ts';
import { addFork } from './runs/fork.ts';
import { addExport } from './runs/export.ts';
import { addList } from './runs/list.ts';
import { addPause } from './runs/pause.ts';
import { addReport } from './runs/report.ts';
import { addResume } from './runs/resume.ts';
import { addRetry } from './runs/retry.ts';
import { addSend } from './runs/send.ts';
import { addShow } from './runs/show.ts';
import { addSkip } from './runs/skip.ts';
import { addTopUp } from './runs/top-up.ts';
import { addWatch } from './runs/watch.ts';
import type { Act } from './session.ts';

const COMMANDS = [
  addList,
  addShow,
  addFiles,
  addWatch,
  addApprove,
  addSend,
  addRetry,
  addSkip,
  addTopUp,
  addPause,
  addResume,
  addCancel,
  addFork,
  addBill,
  addDiff,
  addReport,
  addExport,
];

export function addRuns(program: Command, act: Act): void {
  const runs = program.command('runs').description('See and steer runs.');
  for (const add of COMMANDS) add(runs, act);
}
