import {
  callTool,
  invokeModel,
  runCheck,
  type ModelAnswer,
  type StoredValue,
  type Verdict,
} from 'orchestrator/workflow';

/** Where the product's workers are. */
export interface Place {
  readonly taskQueue: string;
  readonly model: string;
  readonly web: string;
}

export interface Research {
  readonly page: StoredValue;
  readonly answer: ModelAnswer;
  readonly verdict: Verdict;
}

/** Fetches a page, has it judged, and asks a model about it. */
export async function research(place: Place): Promise<Research> {
  const { taskQueue, model } = place;
  const page = await fetchPage(place, '/axxxb');
  const verdict = await judgePage(place, page);
  const prompt = ['One word about this: ', page];
  const answer = await invokeModel({
    name: 'word',
    model,
    prompt,
    maxOutputTokens: 4,
    accept: ['length'],
    isPaid: false,
    taskQueue,
  });
  return { page, answer, verdict };
}

/** Fetches a page that is too large for history, and has it judged. */
export async function judgeLargePage(place: Place): Promise<Omit<Research, 'answer'>> {
  const page = await fetchPage(place, '/bytes?count=20000');
  return { page, verdict: await judgePage(place, page) };
}

/** Asks a model about a page that is too large for it. */
export async function askAboutLargePage(place: Place): Promise<ModelAnswer> {
  const { taskQueue, model } = place;
  const page = await fetchPage(place, '/bytes?count=20000');
  return invokeModel({
    name: 'word',
    model,
    prompt: ['About: ', page],
    maxOutputTokens: 4,
    accept: ['length'],
    taskQueue,
  });
}

function fetchPage({ taskQueue, web }: Place, path: string): Promise<StoredValue> {
  return callTool({ name: 'page', tool: 'http.request', input: { url: `${web}${path}` }, effect: 'reads', taskQueue });
}

function judgePage({ taskQueue }: Place, subject: StoredValue): Promise<Verdict> {
  return runCheck({ name: 'judge', check: 'contains', subject, options: 'xxx', taskQueue });
}

/** Asks for a structured answer, with everything that a call may say. */
export async function pick({ taskQueue, model }: Place): Promise<ModelAnswer> {
  return invokeModel({
    name: 'pick',
    model,
    prompt: 'Pick one.',
    system: 'Answer in JSON.',
    output: { type: 'object', properties: { label: { enum: ['a', 'b'] } }, required: ['label'] },
    temperature: 0,
    timeoutMs: 60_000,
    retry: { attempts: 2, backoffMs: 100, maxBackoffMs: 100 },
    tenant: 'default',
    taskQueue,
  });
}

/** Calls a page that does not exist. */
export async function fetchMissingPage({ taskQueue, web }: Place): Promise<StoredValue> {
  return callTool({ name: 'missing', tool: 'http.request', input: { url: `${web}/status?code=404` }, taskQueue });
}

/** Asks on a queue where nobody works. */
export async function askInVain({ taskQueue, model }: Place): Promise<ModelAnswer> {
  return invokeModel({ name: 'vain', model, prompt: 'Hi', queueTimeoutMs: 200, taskQueue: `${taskQueue}-of-nobody` });
}

/** Asks a vendor that does not exist. */
export async function askNobody({ taskQueue }: Place): Promise<ModelAnswer> {
  return invokeModel({ name: 'nobody', model: 'nobody/at-all', prompt: 'Hi', taskQueue });
}

/** Says nothing about who makes the call. */
export async function callSomebody(): Promise<StoredValue> {
  return callTool({ name: 'hello', tool: 'text.template', input: { template: 'Hello', data: {} } });
}

/** Runs a program where no worker allows that. */
export async function runInVain({ taskQueue }: Place): Promise<StoredValue> {
  return callTool({ name: 'vain', tool: 'shell.run', input: { command: ['id'] }, queueTimeoutMs: 200, taskQueue });
}
