// npm run lock: adds to package-lock.json the packages of other platforms that npm has left out. npm forgets them when it
// writes the file beside an installed node_modules, or when a registry has not got them; then `npm ci` refuses the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(FILE, 'utf8'));

for (const { name, version, dev } of missingPackages(lock.packages)) {
  lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
  console.log(`Added ${name} ${version}`);
}
const [root, ...others] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...others.toSorted(([one], [other]) => one.localeCompare(other, 'en'))]);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);

function missingPackages(packages) {
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {}, dev }) => {
    return Object.entries(optionalDependencies).map(([name, version]) => ({ name, version, dev }));
  });
  return wanted.filter(({ name }) => packages[`node_modules/${name}`] === undefined);
}

/** Such packages are named after their platform; npm skips what is of another one than its own. */
function platformOf(name) {
  const find = (pattern) => pattern.exec(name)?.[1];
  const os = find(/(darwin|linux|win32|freebsd|android|openharmony)/);
  const cpu = find(/-(x64|arm64|ia32|arm|riscv64|ppc64|s390x)\b/);
  const libc = { gnu: 'glibc', musl: 'musl' }[find(/-(gnu|musl)/)];
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }), ...(os === 'linux' && libc && { libc: [libc] }) };
}
