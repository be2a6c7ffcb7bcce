import type { Command } from 'commander';
import { addApply } from './schedules/apply.ts';
import { addBackfill } from './schedules/backfill.ts';
import { addDelete } from './schedules/delete.ts';
import { addList } from './schedules/list.ts';
import { addPause } from './schedules/pause.ts';
import { addResume } from './schedules/resume.ts';
import { addShow } from './schedules/show.ts';
import type { Act } from './session.ts';

const COMMANDS = [addApply, addList, addShow, addPause, addResume, addDelete, addBackfill];

export function addSchedules(program: Command, act: Act): void {
  const schedules = program.command('schedules').description('Let pipelines run by themselves, by their "schedule".');
  for (const add of COMMANDS) add(schedules, act);
}
