import { createLogUpdate } from 'log-update';
import type { AnswerPiece } from '../../answers.ts';
import type { RunView } from '../../pipeline/view.ts';
import { gatherAnswers, growingLines, pieceEvent } from './answer-texts.ts';
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
  /** A piece of what a model says. */
  add(runId: string, piece: AnswerPiece): void;
  /** A remark that stays. */
  note(lines: Lines): void;
  /** Leaves the last view standing, without what only made sense while it changed. */
  close(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** So many answers that grow are shown at a time. */
const SAID_LINES = 6;

export function openDisplay(terminal: Terminal): Display {
  return terminal.isLive ? liveDisplay(terminal) : lineDisplay(terminal);
}

/** A table that is redrawn in place. */
function liveDisplay(terminal: Terminal): Display {
  const draw = createLogUpdate(process.stdout);
  let view: RunView | undefined;
  let frame = 0;
  const moment = (): Moment => ({ now: Date.now(), spinner: FRAMES[frame % FRAMES.length] as string });
  const texts = gatherAnswers(terminal.paint);
  const redraw = (): void => {
    if (view === undefined) return;
    const { columns, rows } = terminal.size;
    const said = growingLines(texts, {
      lines: Math.min(SAID_LINES, Math.floor(rows / 3)),
      columns,
      paint: terminal.paint,
    });
    const screen = { paint: terminal.paint, size: { columns, rows: rows - said.length } };
    draw([...runScreen(view, moment(), screen), ...said].join('\n'));
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
    add(_runId, piece) {
      texts.add(piece);
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
function lineDisplay({ isJson, answer, note, paint }: Terminal): Display {
  const texts = gatherAnswers(paint);
  let earlier: RunView | undefined;
  return {
    update(view) {
      for (const change of changesBetween(earlier, view)) {
        answer(changeEvent(view.runId, change), () => changeLines(change, paint));
      }
      earlier = view;
    },
    add(runId, piece) {
      const lines = texts.add(piece);
      if (isJson || lines.length > 0) answer(pieceEvent(runId, piece), () => lines);
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
