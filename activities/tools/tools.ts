import { browserOpen } from './browser-open.ts';
import { codeJavascript } from './code-javascript.ts';
import { codePython } from './code-python.ts';
import { dataQuery } from './data-query.ts';
import { fsList } from './fs-list.ts';
import { fsRead } from './fs-read.ts';
import { fsWrite } from './fs-write.ts';
import { httpRequest } from './http-request.ts';
import { pdfRead } from './pdf-read.ts';
import { shellRun } from './shell-run.ts';
import { sqlQuery } from './sql-query.ts';
import { textTemplate } from './text-template.ts';
import type { Tool } from './tool.ts';
import { webFetch } from './web-fetch.ts';
import { webSearch } from './web-search.ts';

/** Every built-in tool. */
export const tools: readonly Tool[] = [
  httpRequest,
  webFetch,
  webSearch,
  browserOpen,
  fsRead,
  fsWrite,
  fsList,
  pdfRead,
  dataQuery,
  codeJavascript,
  textTemplate,
  sqlQuery,
  shellRun,
  codePython,
];
