import { createLogUpdate } from 'log-update';
import type { RunView } from '../../pipeline/view.ts';
import { stepReport } from './report.ts';
import { changeLines, changesBetween, type Change } from './run-changes.ts';
import { runScreen } from './run-screen.ts';
import { stepLines } from './step-lines.ts';
import { stepsTable, type Moment } from './steps-table.ts';
import { tableLines } from './table.ts';
import type { Lines, Terminal } from './terminal.ts';

/** Shows how a run goes on. */
export interface Display {
  update(view: RunView): void;
  /** A remark that stays. */
  note(lines: Lines): void;
  /** Leaves the last view standing, without what only made sense while it changed. */
  close(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

export function openDisplay(terminal: Terminal): Display {
  return terminal.isLive ? liveDisplay(terminal) : lineDisplay(terminal);
}

/** A table that is redrawn in place. */
function liveDisplay(terminal: Terminal): Display {
  const draw = createLogUpdate(process.stdout);
  let view: RunView | undefined;
  let frame = 0;
  const moment = (): Moment => ({ now: Date.now(), spinner: FRAMES[frame % FRAMES.length] as string });
  const redraw = (): void => {
    if (view !== undefined) draw(runScreen(view, moment(), terminal).join('\n'));
  };
  // However few lines the screen has: all steps.
  const showAll = ({ steps }: RunView): void => {
    terminal.answer({}, () =>
      tableLines(stepsTable(stepLines(steps), moment()), terminal.paint, terminal.size.columns),
    );
  };
  const timer = setInterval(() => {
    frame += 1;
    redraw();
  }, FRAME_MS);
  return {
    update(next) {
      view = next;
      redraw();
    },
    note(lines) {
      draw.clear();
      terminal.note(lines);
      redraw();
    },
    close() {
      clearInterval(timer);
      draw.clear();
      draw.done();
      if (view !== undefined) showAll(view);
    },
  };
}

/** A line, or with `--json` an event, for every change. */
function lineDisplay({ answer, note, paint }: Terminal): Display {
  let earlier: RunView | undefined;
  return {
    update(view) {
      for (const change of changesBetween(earlier, view)) {
        answer(changeEvent(view.runId, change), () => changeLines(change, paint));
      }
      earlier = view;
    },
    note,
    close() {},
  };
}

function changeEvent(runId: string, change: Change): object {
  switch (change.kind) {
    case 'status':
      return { event: 'status', run_id: runId, status: change.status };
    case 'ask':
      return { event: change.ask.kind, run_id: runId, [change.ask.kind]: change.ask.report };
    case 'step':
      return { event: 'step', run_id: runId, step: stepReport(change.line.step) };
  }
}
