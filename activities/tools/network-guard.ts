import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';

/** One address of a host, as a socket takes it. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Turns a host name into all of its addresses. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

/** Asks the machine's own resolver, the hosts file included. */
export const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

const URL_CHARACTERS_MAX = 8192;
// Parsers drop some control characters, and read a backslash as a slash: the host would not be where a person sees it.
const MISLEADING = /\p{Cc}|\\/u;

/** Reads the URL of a network tool, or of a redirect when there is a `base`. Throws `NETWORK_REFUSED`. */
export function parseUrl(text: string, base?: URL): URL {
  const refuse = (reason: string): PipelineError =>
    new PipelineError('NETWORK_REFUSED', `Cannot call ${quote(text)}: ${reason}`);
  if (text.length > URL_CHARACTERS_MAX) throw refuse(`a URL has at most ${URL_CHARACTERS_MAX} characters`);
  if (MISLEADING.test(text))
    throw refuse('a URL holds neither control characters nor backslashes; put text into "query"');
  const url = URL.parse(text, base?.href);
  if (url === null) throw refuse('it is not a whole URL such as "https://example.com/path"');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('only http and https are allowed');
  if (url.username !== '' || url.password !== '') {
    // The text itself is not shown: it holds the password.
    const reason = 'a URL may not hold a user name or password; send an "authorization" header';
    throw new PipelineError('NETWORK_REFUSED', `Cannot call "${url.host}": ${reason}`);
  }
  return url;
}

/** Refuses a host that a step does not let its call reach. Throws `NETWORK_REFUSED`. */
export function checkHost(url: URL, hosts: readonly string[] | undefined): void {
  if (hosts === undefined || hosts.some((host) => names(host, url))) return;
  throw new PipelineError(
    'NETWORK_REFUSED',
    `Cannot call ${url.origin}: the step lets this call reach ${hosts.join(', ')}, and no other host`,
  );
}

/**
 * The addresses that a URL's host may be reached at. The caller connects to these and asks no resolver again,
 * so that a name cannot change its address in between. Throws `NETWORK_REFUSED` when one of them is not public
 * and the operator does not allow the host.
 */
export async function allowedAddresses(
  url: URL,
  allowedHosts: readonly string[],
  resolve: Resolve,
): Promise<readonly HostAddress[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (allowedHosts.some((allowed) => names(allowed, url))) return addresses;
  for (const { address } of addresses) {
    const kind = kindOf(address);
    if (kind === 'public') continue;
    throw new PipelineError(
      'NETWORK_REFUSED',
      `Cannot call ${url.origin}: ${host === address ? host : `${host} (${address})`} is a ${kind} address; ` +
        'allowed are public ones, and hosts that the operator of the worker lists in ORCHESTRATOR_ALLOWED_HOSTS',
    );
  }
  return addresses;
}

/** Whether an entry of the operator's list, `name` or `name:port`, means this URL's host. */
function names(allowed: string, url: URL): boolean {
  const entry = allowed.toLowerCase();
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port;
  return [url.hostname, `${url.hostname}:${port}`, url.hostname.replace(/^\[(.*)\]$/, '$1')].includes(entry);
}

/** The address at which Azure's machines find their host's own services, though it looks like any other. */
const AZURE_HOST = '168.63.129.16';
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** `public`, or what else an address is, in words. Ranges that carry IPv4 addresses inside IPv6 are not public. */
function kindOf(address: string): string {
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range !== 'unicast') return KINDS[range] ?? 'reserved';
  if (address === AZURE_HOST) return 'cloud-internal';
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST) ? 'public' : 'reserved';
}

const KINDS: Readonly<Record<string, string>> = {
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  linkLocal: 'link-local',
  multicast: 'multicast',
  broadcast: 'broadcast',
  unspecified: 'unspecified',
};
