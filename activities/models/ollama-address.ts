/** Where Ollama listens when nothing else is said. */
const DEFAULT_PORT = '11434';

/**
 * The URL behind what people write into `OLLAMA_HOST`: a host, a host and port, `:port` or a URL.
 * What is no address comes back as it is, for the caller to refuse.
 */
export function ollamaAddress(host: string): string {
  const isUrl = host.includes('://');
  const url = URL.parse(isUrl ? host : `http://${host.startsWith(':') ? '127.0.0.1' : ''}${host}`);
  if (url === null) return host;
  if (!isUrl && url.port === '') url.port = DEFAULT_PORT;
  // A server that listens on every address is reached on the loopback one.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  return url.href.replace(/\/+$/, '');
}
