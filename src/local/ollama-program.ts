import type { Headers } from './go-headers.ts';
import { goArch, targetOf } from './platform.ts';
import type { Program } from './program.ts';

const VERSION = '0.17.4';

const ARCHIVES: Readonly<Record<string, string>> = {
  darwin: 'ollama-darwin.tgz',
  linux: `ollama-linux-${goArch(process.arch)}.tar.zst`,
};

/** The module's zip leaves out its `vendor` folders. */
const HEADERS: Headers = {
  debian: ['nlohmann-json3-dev', 'libstb-dev'],
  fromModules: [{ module: 'github.com/gen2brain/malgo@v0.11.24', file: 'miniaudio.h', as: 'miniaudio/miniaudio.h' }],
};

/** The local model server. Built for this processor: without its vector instructions a model answers several times slower. */
export async function ollamaProgram(): Promise<Program> {
  const { mark, compilerFlags } = await targetOf('/proc/cpuinfo');
  return {
    name: 'Ollama',
    version: VERSION,
    command: 'ollama',
    folder: `ollama-${VERSION}${mark}`,
    files: ['ollama', 'bin/ollama'],
    probe: ['--version'],
    ways: [
      {
        kind: 'download',
        title: `Downloading Ollama ${VERSION} (more than 1 GB with its GPU libraries)`,
        needs: ['tar'],
        archive: `https://github.com/ollama/ollama/releases/download/v${VERSION}/${ARCHIVES[process.platform]}`,
        strip: 0,
      },
      {
        kind: 'go',
        title: `Building Ollama ${VERSION} with Go (about 4 minutes on 2 cores)`,
        needs: ['go', 'g++', 'apt-get', 'dpkg-deb'],
        module: `github.com/ollama/ollama@v${VERSION}`,
        headers: HEADERS,
        compilerFlags,
      },
    ],
    advice: 'install it (https://ollama.com/download), or install Go 1.24 or later with g++ on Debian or Ubuntu',
  };
}
