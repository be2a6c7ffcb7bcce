import { fsList } from './fs-list.ts';
import { fsRead } from './fs-read.ts';
import { fsWrite } from './fs-write.ts';
import { httpRequest } from './http-request.ts';
import { textTemplate } from './text-template.ts';
import type { Tool } from './tool.ts';

/** Every built-in tool. */
export const tools: readonly Tool[] = [httpRequest, fsRead, fsWrite, fsList, textTemplate];
