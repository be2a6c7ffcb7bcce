import type { Command } from 'commander';
import { addCommands, type Commands } from './commands.ts';
import type { Act } from './session.ts';

const COMMANDS: Commands = {
  list: async () => (await import('./runs/list.ts')).addList,
  show: async () => (await import('./runs/show.ts')).addShow,
  files: async () => (await import('./runs/files.ts')).addFiles,
  watch: async () => (await import('./runs/watch.ts')).addWatch,
  approve: async () => (await import('./runs/approve.ts')).addApprove,
  send: async () => (await import('./runs/send.ts')).addSend,
  retry: async () => (await import('./runs/retry.ts')).addRetry,
  skip: async () => (await import('./runs/skip.ts')).addSkip,
  'top-up': async () => (await import('./runs/top-up.ts')).addTopUp,
  pause: async () => (await import('./runs/pause.ts')).addPause,
  resume: async () => (await import('./runs/resume.ts')).addResume,
  cancel: async () => (await import('./runs/cancel.ts')).addCancel,
  fork: async () => (await import('./runs/fork.ts')).addFork,
  bill: async () => (await import('./runs/bill.ts')).addBill,
  diff: async () => (await import('./runs/diff.ts')).addDiff,
  report: async () => (await import('./runs/report.ts')).addReport,
  export: async () => (await import('./runs/export.ts')).addExport,
};

export async function addRuns(program: Command, act: Act, args: readonly string[]): Promise<void> {
  const runs = program.command('runs').description('See and steer runs.');
  await addCommands(COMMANDS, runs, { act, args });
}
