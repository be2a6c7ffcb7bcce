import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PipelineError } from '../../errors.ts';
import type { EvaluationReport } from '../../evaluation/report.ts';

/** The files that are wanted besides what is printed. */
export interface ReportFiles {
  readonly junit?: string;
  readonly html?: string;
}

/** Looks before anything is run whether the reports can be written. Throws `FILE_UNWRITABLE`. */
export async function refuseUnwritable({ junit, html }: ReportFiles): Promise<void> {
  for (const file of [junit, html]) {
    if (file !== undefined) await access(dirname(file), constants.W_OK).catch(unwritable(file));
  }
}

/** Throws `FILE_UNWRITABLE`. */
export async function writeReports(report: EvaluationReport, { junit, html }: ReportFiles): Promise<void> {
  if (junit !== undefined) {
    const { junitReport } = await import('./junit.ts');
    await writeFile(junit, junitReport(report)).catch(unwritable(junit));
  }
  if (html === undefined) return;
  // The library of charts is large: who wants no charts does without.
  const { htmlReport } = await import('./html.ts');
  await writeFile(html, htmlReport(report)).catch(unwritable(html));
}

function unwritable(file: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const message = `Cannot write "${file}": the system says ${cause.code}`;
    throw new PipelineError('FILE_UNWRITABLE', message, { cause });
  };
}
