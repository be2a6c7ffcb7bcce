import assert from 'node:assert/strict';
import { ollamaAddress } from '../../../activities/models/ollama-address.ts';

describe('ollamaAddress', () => {
  for (const [host, url] of [
    ['127.0.0.1', 'http://127.0.0.1:11434'],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['ollama.example', 'http://ollama.example:11434'],
    [':8000', 'http://127.0.0.1:8000'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8000', 'http://127.0.0.1:8000'],
    ['[::]:8000', 'http://127.0.0.1:8000'],
    ['[::1]', 'http://[::1]:11434'],
    ['http://ollama.example', 'http://ollama.example'],
    ['https://ollama.example/proxy/', 'https://ollama.example/proxy'],
    ['http://0.0.0.0:11434/', 'http://127.0.0.1:11434'],
    ['not a host', 'not a host'],
  ] as const) {
    it(`reads ${host} as ${url}`, () => assert.equal(ollamaAddress(host), url));
  }
});
