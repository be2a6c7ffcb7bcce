import { createHash } from 'node:crypto';
import { server } from '../servers.ts';
import { untrainedEyes, untrainedTextModel } from './untrained-model.ts';

/**
 * How the small model comes to call tools, which it was not trained for: its answer to a user is begun for it with
 * `{"name":`, and the server takes what follows for a call once it has read a quotation mark.
 */
const TOOL_TEMPLATE = `{{ if or .System .Tools }}<|im_start|>system
{{ .System }}{{ range .Tools }}
{{ .Function.Name }}: {{ .Function.Description }}{{ end }}<|im_end|>
{{ end }}{{ range $i, $_ := .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}{{ with .ToolCalls }}{"name":{{ end }}{{ if .ToolCalls }} "{{ with index .ToolCalls 0 }}{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}{{ end }}<|im_end|>
{{ if eq (len (slice $.Messages $i)) 1 }}<|im_start|>assistant
{{ if and $.Tools (eq .Role "user") }}{"name":{{ end }}{{ end }}{{ end }}`;

const PLAIN_TEMPLATE = '{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}';

/** The small model of the local server, with a template that lets it call tools; made once. */
export function makeToolModel(): Promise<string> {
  toolModel ??= create('orchestrator-test-tools', { from: server('model'), template: TOOL_TEMPLATE });
  return toolModel;
}

let toolModel: Promise<string> | undefined;

/** A model that sees pictures and has learned nothing: what it is sent is real, what it says is noise. Made once. */
export function makePictureModel(): Promise<string> {
  pictureModel ??= createPictureModel();
  return pictureModel;
}

let pictureModel: Promise<string> | undefined;

async function createPictureModel(): Promise<string> {
  const files = { 'model.gguf': await upload(untrainedTextModel()), 'eyes.gguf': await upload(untrainedEyes()) };
  return create('orchestrator-test-pictures', { files, template: PLAIN_TEMPLATE, parameters: { num_thread: 1 } });
}

async function create(model: string, parts: object): Promise<string> {
  await post('/api/create', JSON.stringify({ model, stream: false, ...parts }));
  return model;
}

async function upload(file: Buffer): Promise<string> {
  const digest = `sha256:${createHash('sha256').update(file).digest('hex')}`;
  await post(`/api/blobs/${digest}`, Uint8Array.from(file));
  return digest;
}

async function post(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(`${server('ollama')}${path}`, { method: 'POST', body });
  if (!response.ok) throw new Error(`Cannot make a model of the tests: ${await response.text()}`);
}
