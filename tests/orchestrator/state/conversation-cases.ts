import { always, once, talkingTo, TEXT, TEXT_GAVE } from '../../integration/conversation/examples.ts';
import { answered, cancelledWhileAsked } from './history-acts.ts';
import type { HistoryCase } from './history-cases.ts';

const text = { tools: ['text.template'], hears: TEXT_GAVE };
const HEARS = 'Result of http.request: {"status":200,"headers":{},"body":"/asked"}';
const GET = `{ tool: http.request, with: { method: GET, url: "WEB/asked", query: {}, headers: {}, body: null, allow_status: [] }`;
const http = { tools: ['http.request'], hears: HEARS };
const answer = { step: 'talk/turn#1/http.request[0]', choice: 'approve', by: 'ada' };

/** Conversations with tools: to their answer, out of turns, with people, and in new histories. */
export const CONVERSATION_CASES: readonly HistoryCase[] = [
  { name: 'conversation', yaml: talkingTo('MODEL', { messages: once(text), tools: `[${TEXT}]` }) },
  {
    name: 'conversation-out-of-turns',
    yaml: talkingTo('MODEL', { messages: always(text), tools: `[${TEXT}]`, more: 'max_turns: 3\non_error: continue' }),
  },
  {
    name: 'conversation-asked',
    yaml: talkingTo('MODEL', { messages: once(http), tools: `[${GET}, ask: always }]` }),
    act: answered(answer),
  },
  {
    name: 'conversation-cancelled',
    yaml: talkingTo('MODEL', { messages: once(http), tools: `[${GET}, ask: always }]` }),
    act: cancelledWhileAsked,
  },
  {
    name: 'conversation-renewed',
    yaml: talkingTo('MODEL', { messages: always(text), tools: `[${TEXT}]`, more: 'max_turns: 4' }),
    renewAfterEvents: 15,
    also: { first: { first: true } },
  },
];
