import { isVendorItself, type ProviderSettings, type Vendor } from '../../activities/models/provider.ts';
import { providers } from '../../activities/models/providers.ts';
import type { Config } from '../config.ts';
import type { Examination } from './examination.ts';
import { listModels, SMALL_MODEL } from './model.ts';
import { ollamaProgram } from './ollama-program.ts';
import { ollamaVersion, runningOllama, wantedUrl } from './ollama-server.ts';
import { findProgram } from './program.ts';

/** Ollama with its models, and which vendors have a key. */
export async function examineModels(config: Config): Promise<Examination[]> {
  return [...(await examineOllama(config)), ...examineKeys(config)];
}

async function examineOllama(config: Config): Promise<Examination[]> {
  const running = await runningOllama(config);
  const url = running?.url ?? wantedUrl(config).origin;
  const version = await ollamaVersion(url);
  if (version === undefined) return [await examineProgram(config, url)];
  const found = `version ${version} answers at ${url}`;
  return [{ subject: 'Ollama', status: 'ok', found }, await examineSmallModel(url)];
}

async function examineProgram(config: Config, url: string): Promise<Examination> {
  const program = await ollamaProgram();
  const found = await findProgram(program, config.folders.cache);
  if (found === undefined) {
    const advice = `the next run that needs it fetches or builds version ${program.version}; or ${program.advice}`;
    return {
      subject: 'Ollama',
      status: 'missing',
      found: `nothing answers at ${url}, and no program is there`,
      advice,
    };
  }
  return {
    subject: 'Ollama',
    status: 'warning',
    found: `nothing answers at ${url}; the program is ${found.path}`,
    advice: 'the next run that needs it starts it',
  };
}

async function examineSmallModel(url: string): Promise<Examination> {
  const models = await listModels(url);
  const found = models.length === 0 ? 'none' : models.join(', ');
  if (models.includes(SMALL_MODEL)) return { subject: 'Local models', status: 'ok', found };
  return {
    subject: 'Local models',
    status: 'warning',
    found,
    advice: `the next run that needs ${SMALL_MODEL} fetches it`,
  };
}

function examineKeys(config: Config): Examination[] {
  return providers.flatMap(({ name, vendor }) => {
    const settings = { ...config.providers[name] };
    return vendor === undefined ? [] : [examineKey(`Models of ${name}`, vendor, settings)];
  });
}

function examineKey(subject: string, vendor: Vendor, settings: ProviderSettings): Examination {
  if (settings.apiKey) return { subject, status: 'ok', found: `${vendor.keyVariable} is set` };
  if (!isVendorItself(vendor, settings))
    return { subject, status: 'ok', found: `a compatible server at ${settings.baseUrl}` };
  return { subject, status: 'warning', found: `${vendor.keyVariable} is not set`, advice: 'set it to use them' };
}
