/** The real servers that a test run uses. `tests/run.ts` starts them and sets these variables. */
const VARIABLES = {
  /** `host:port` of a tuned Temporal dev server that knows our search attributes. */
  temporal: 'ORCHESTRATOR_TEST_TEMPORAL',
  /** URL of an Ollama server. */
  ollama: 'ORCHESTRATOR_TEST_OLLAMA',
  /** The small model that it has. */
  model: 'ORCHESTRATOR_TEST_MODEL',
  /** Path of Temporal's time-skipping test server; `<path> <port>` starts it. */
  timeSkipping: 'ORCHESTRATOR_TEST_SERVER',
  /** Path of a Chromium. */
  browser: 'ORCHESTRATOR_TEST_BROWSER',
  /** Path of the log in which that Ollama notes every request. */
  ollamaLog: 'ORCHESTRATOR_TEST_OLLAMA_LOG',
  /** Path of the workflow bundle, instrumented for coverage. */
  bundle: 'ORCHESTRATOR_TEST_BUNDLE',
} as const;

export type ServerName = keyof typeof VARIABLES;

/** Where one of them is. Throws when this run has none: a test needs it, and nothing stands in for it. */
export function server(name: ServerName): string {
  const value = process.env[VARIABLES[name]];
  if (value) return value;
  throw new Error(
    `Cannot run this test: ${VARIABLES[name]} is not set; "npm test -- --spec <file>" starts the servers and sets it`,
  );
}
