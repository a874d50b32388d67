/** `npm start`. */
import { runLocal } from './local/local.ts';

process.exitCode = await runLocal(process.argv.slice(2));
