// Every test of the pages, in one browser: node drive.mjs. pages_test.cpp starts the suite and tells where it is.
import { after, before } from 'node:test';
import { closeBrowser, openBrowser } from './browser.mjs';

before(openBrowser);
after(closeBrowser);

await import('./units.mjs');
await import('./emulator.mjs');
await import('./sandbox.mjs');
