import type { Command } from 'commander';
import { addCancel } from './runs/cancel.ts';
import { addList } from './runs/list.ts';
import { addPause } from './runs/pause.ts';
import { addResume } from './runs/resume.ts';
import { addShow } from './runs/show.ts';
import { addWatch } from './runs/watch.ts';
import type { Act } from './session.ts';

const COMMANDS = [addList, addShow, addWatch, addCancel, addPause, addResume];

export function addRuns(program: Command, act: Act): void {
  const runs = program.command('runs').description('See and steer runs.');
  for (const add of COMMANDS) add(runs, act);
}
