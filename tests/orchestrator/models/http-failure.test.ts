import assert from 'node:assert/strict';
import { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError as OpenAiError } from 'openai';
import { networkFailure, statusFailure } from '../../../activities/models/http-failure.ts';
import { readRetryAfter } from '../../../activities/models/retry-after.ts';
import { asFailure } from '../../../activities/models/vendor-call.ts';
import { PipelineError } from '../../../src/errors.ts';

const SUBJECT = { model: 'openai/gpt-5', apiKey: 'sk-secret-key-1234' };
const NO_HEADERS = new Headers();

function answered(status: number, body: unknown): PipelineError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return statusFailure(SUBJECT, { status, headers: NO_HEADERS, body: text });
}

describe('statusFailure', () => {
  for (const { status, code } of [
    { status: 400, code: 'PROVIDER_REQUEST_REFUSED' },
    { status: 401, code: 'PROVIDER_AUTH' },
    { status: 402, code: 'PROVIDER_AUTH' },
    { status: 403, code: 'PROVIDER_AUTH' },
    { status: 404, code: 'MODEL_NOT_FOUND' },
    { status: 408, code: 'PROVIDER_TIMEOUT' },
    { status: 413, code: 'PROVIDER_REQUEST_REFUSED' },
    { status: 418, code: 'PROVIDER_REQUEST_REFUSED' },
    { status: 422, code: 'PROVIDER_REQUEST_REFUSED' },
    { status: 429, code: 'PROVIDER_RATE_LIMITED' },
    { status: 500, code: 'PROVIDER_ERROR' },
    { status: 502, code: 'PROVIDER_ERROR' },
    { status: 503, code: 'PROVIDER_OVERLOADED' },
    { status: 504, code: 'PROVIDER_TIMEOUT' },
    { status: 529, code: 'PROVIDER_OVERLOADED' },
  ]) {
    it(`says ${code} for ${status}`, () => assert.equal(answered(status, '').code, code));
  }

  for (const { code, status, error } of [
    { code: 'PROVIDER_AUTH', status: 429, error: { code: 'insufficient_quota', type: 'insufficient_quota' } },
    { code: 'PROVIDER_AUTH', status: 400, error: { type: 'billing_error' } },
    { code: 'CONTEXT_OVERFLOW', status: 400, error: { code: 'context_length_exceeded' } },
    { code: 'CONTEXT_OVERFLOW', status: 400, error: { message: 'prompt is too long: 9 tokens > 8 maximum' } },
    { code: 'CONTEXT_OVERFLOW', status: 400, error: 'the input length exceeds the context length' },
    { code: 'PROVIDER_ERROR', status: 500, error: 'cannot allocate the context window' },
    { code: 'MODEL_NOT_FOUND', status: 400, error: { code: 'model_not_found' } },
    { code: 'OUTPUT_REFUSED', status: 400, error: { code: 'content_filter' } },
  ]) {
    it(`says ${code} for ${status} with ${JSON.stringify(error)}`, () => {
      assert.equal(answered(status, { error }).code, code);
    });
  }

  for (const { name, body, expected } of [
    {
      name: 'quotes the message of a vendor',
      body: { error: { message: 'No "x" here' } },
      expected: ', "No \\"x\\" here"',
    },
    { name: 'quotes an error that is a text', body: { error: 'no such thing' }, expected: ', "no such thing"' },
    { name: 'quotes a message that stands alone', body: { message: 'gone', code: 7 }, expected: ', "gone"' },
    { name: 'quotes text', body: '  418\n teapot ', expected: ', "418 teapot"' },
    { name: 'quotes a web page without its markup', body: '<h1>Bad</h1>\n<hr>nginx', expected: ', "Bad nginx"' },
    { name: 'quotes JSON that says nothing', body: { detail: [1] }, expected: ', "{\\"detail\\":[1]}"' },
    { name: 'quotes nothing when there is nothing', body: '', expected: '' },
    { name: 'never quotes the key', body: { error: 'Bad key sk-secret-key-1234!' }, expected: ', "Bad key [secret]!"' },
    { name: 'shortens what is long', body: 'x'.repeat(400), expected: `, "${'x'.repeat(300)}" …` },
  ]) {
    it(name, () => {
      const message = `Cannot call model "openai/gpt-5": its server refuses the request (HTTP 418${expected})`;
      assert.equal(answered(418, body).message, message);
    });
  }

  it('keeps the pause that the server asks for', () => {
    const headers = new Headers({ 'retry-after': '2' });
    assert.equal(statusFailure(SUBJECT, { status: 429, headers, body: '' }).retryAfterMs, 2000);
    assert.equal(answered(429, '').retryAfterMs, undefined);
  });
});

describe('readRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  for (const { name, headers, expected } of [
    { name: 'reads milliseconds', headers: { 'retry-after-ms': '1500.2' }, expected: 1501 },
    { name: 'prefers milliseconds', headers: { 'retry-after-ms': '10', 'retry-after': '9' }, expected: 10 },
    { name: 'reads seconds', headers: { 'retry-after': '1.5' }, expected: 1500 },
    { name: 'reads a date', headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, expected: 30_000 },
    {
      name: 'waits no time for a date that is over',
      headers: { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' },
      expected: 0,
    },
    { name: 'leaves out what is neither', headers: { 'retry-after': 'soon' }, expected: undefined },
    { name: 'leaves out what is not there', headers: {}, expected: undefined },
  ]) {
    it(name, () => assert.equal(readRetryAfter(new Headers(Object.entries(headers)), now), expected));
  }
});

describe('networkFailure', () => {
  for (const { errno, code } of [
    { errno: 'ECONNREFUSED', code: 'PROVIDER_UNAVAILABLE' },
    { errno: 'ENOTFOUND', code: 'PROVIDER_UNAVAILABLE' },
    { errno: 'UND_ERR_CONNECT_TIMEOUT', code: 'PROVIDER_UNAVAILABLE' },
    { errno: 'UND_ERR_HEADERS_TIMEOUT', code: 'PROVIDER_TIMEOUT' },
    { errno: 'UND_ERR_BODY_TIMEOUT', code: 'PROVIDER_TIMEOUT' },
    { errno: 'ECONNRESET', code: 'PROVIDER_CONNECTION_LOST' },
    { errno: 'UND_ERR_SOCKET', code: 'PROVIDER_CONNECTION_LOST' },
  ]) {
    it(`says ${code} for ${errno}, wherever in the causes it stands`, () => {
      const cause = Object.assign(new Error('as seen below'), { code: errno });
      const error = networkFailure(SUBJECT, new TypeError('fetch failed', { cause }));
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`\\(${errno}, "as seen below"\\)$`));
    });
  }

  it('says what it can of a thing that is no error', () => {
    assert.equal(
      networkFailure(SUBJECT, 'broken').message,
      'Cannot call model "openai/gpt-5": the connection was lost before the answer was complete ("broken")',
    );
  });
});

describe('asFailure', () => {
  for (const { name, error, code } of [
    { name: 'keeps one of ours', error: new PipelineError('PROVIDER_AUTH', 'x'), code: 'PROVIDER_AUTH' },
    {
      name: 'reads what Anthropic reports in mid-answer',
      error: new AnthropicError(
        undefined,
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
        undefined,
        NO_HEADERS,
      ),
      code: 'PROVIDER_ERROR',
    },
    {
      name: 'reads what OpenAI reports in mid-answer',
      error: new OpenAiError(undefined, { code: 'context_length_exceeded', message: 'Long' }, undefined, NO_HEADERS),
      code: 'CONTEXT_OVERFLOW',
    },
    {
      name: 'reads the words where there is no code',
      error: new OpenAiError(undefined, { message: 'past the context window' }, undefined, NO_HEADERS),
      code: 'CONTEXT_OVERFLOW',
    },
    {
      name: 'knows a prompt that OpenAI flags while it answers',
      error: new OpenAiError(undefined, { code: 'invalid_prompt', message: 'Flagged' }, undefined, NO_HEADERS),
      code: 'OUTPUT_REFUSED',
    },
    {
      name: 'takes no limit that is met in mid-answer for a call that was not made',
      error: new OpenAiError(undefined, { code: 'rate_limit_exceeded', message: 'Slow' }, undefined, NO_HEADERS),
      code: 'PROVIDER_ERROR',
    },
    {
      name: 'knows the network by its cause',
      error: new TypeError('x', { cause: 'y' }),
      code: 'PROVIDER_CONNECTION_LOST',
    },
    {
      name: 'takes half a piece of JSON for a stream that was cut',
      error: new SyntaxError('Unexpected end of JSON input'),
      code: 'PROVIDER_CONNECTION_LOST',
    },
    {
      name: 'takes the rest for a broken answer',
      error: new RangeError('no such index'),
      code: 'PROVIDER_RESPONSE_INVALID',
    },
  ]) {
    it(name, () => assert.equal(asFailure(SUBJECT, error).code, code));
  }
});
