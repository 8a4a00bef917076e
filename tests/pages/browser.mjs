// One Chromium for all tests, and pages that watch themselves: no error in the console, no request to another host.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const flags = [
    '--headless',
    '--no-sandbox', // The tests run as root, where Chromium's own sandbox does not.
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

export const emulator = process.env.EMULATOR;
export const sandbox = process.env.SANDBOX;
/** An address that the emulator may send to and where nobody listens. */
export const nobody = process.env.NOBODY;
const screenshots = process.env.SCREENSHOTS;
/** How many times slower than this machine the pages are to run, to find races. */
const throttle = Number(process.env.THROTTLE ?? 1);

let browser;
let profile;

export async function openBrowser() {
    await mkdir(screenshots, { recursive: true });
    profile = await mkdtemp(join(tmpdir(), 'trunkline-pages-'));
    browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: [...flags, `--disk-cache-dir=${profile}`],
    });
}

export async function closeBrowser() {
    await browser?.close();
    await rm(profile, { recursive: true, force: true });
}

export const phone = { width: 360, height: 740 };
export const desk = { width: 1440, height: 900 };

/**
 * Opens `address` in a window of its own and hands it to `use`; afterwards nothing may have gone wrong in it but what
 * `expected` names. Options: viewport, dark, headers, expected.
 */
export async function visit(address, options, use) {
    const { viewport = desk, dark = false, headers = {}, expected = [] } = options;
    const context = await browser.newContext({
        viewport,
        colorScheme: dark ? 'dark' : 'light',
        deviceScaleFactor: viewport.width < 500 ? 2 : 1,
        locale: 'ru-RU',
        acceptDownloads: true,
        reducedMotion: 'reduce',
    });
    // There to end a hang, not to judge a slow machine.
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    if (throttle > 1) {
        const protocol = await context.newCDPSession(page);
        await protocol.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    }
    const wrong = [];
    const origin = new URL(address).origin;
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
    });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
            wrong.push(`to ${request.url()}`);
    });
    if (Object.keys(headers).length > 0) await page.setExtraHTTPHeaders(headers);
    try {
        await page.goto(address);
        await use(page, context);
        const rest = wrong.filter((text) => !expected.some((pattern) => pattern.test(text)));
        assert.deepEqual(rest, [], 'the page is quiet');
    } catch (error) {
        await page.screenshot({ path: join(screenshots, 'failed.png'), fullPage: true }).catch(() => undefined);
        error.message += `\nconsole: ${wrong.join('\n')}`;
        throw error;
    } finally {
        await context.close();
    }
}

export async function screenshot(page, name, fullPage = true) {
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
}

/** Nothing that axe calls serious or critical. */
export async function expectAccessible(page, what) {
    if (!(await page.evaluate(() => 'axe' in globalThis))) {
        const { readFile } = await import('node:fs/promises');
        await page.evaluate(await readFile(axe, 'utf8'));
    }
    const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, {
            resultTypes: ['violations'],
        });
        return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(
                ({ id, nodes }) =>
                    `${id}: ${nodes
                        .slice(0, 3)
                        .map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`)
                        .join(' | ')}`,
            );
    });
    assert.deepEqual(found, [], `${what} is accessible`);
}

/** Nothing sticks out of the window to the right. */
export async function expectNoSideScroll(page) {
    const [width, inner] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
    ]);
    assert.ok(width <= inner, `the page is ${width} px wide in a window of ${inner}`);
}

/** The text of all elements that fit, in order. */
export const texts = (page, selector) => page.locator(selector).allInnerTexts();
