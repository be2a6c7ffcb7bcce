/** How the reader calls this program again: by its name, or through npm when npm started it from its own folder. */
export function selfCommand(environment: Readonly<Record<string, string | undefined>>): string {
  const isOwnScript = environment['npm_command'] === 'run-script' && environment['npm_package_name'] === 'orchestrator';
  return isOwnScript ? 'npm run --silent orchestrator --' : 'orchestrator';
}

/** What a shell reads as one word. */
export function shellWord(text: string): string {
  return /^[\w.:/@%+=…-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
