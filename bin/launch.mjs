// node bin/launch.mjs <script.ts> [arguments]: what the scripts of package.json call.
import { runFromCheckout } from './checkout.mjs';

const [script, ...args] = process.argv.slice(2);
await runFromCheckout(script, args);
