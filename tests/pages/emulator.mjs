// /test-interface: what support engineers do with it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { emulator, expectAccessible, expectNoSideScroll, nobody, phone, screenshot, texts, visit } from './browser.mjs';

const address = `${emulator}/test-interface`;
const { items: patterns } = await (await fetch(`${emulator}/patterns`)).json();
const { paths } = await (await fetch(`${emulator}/openapi.json`)).json();
/** Whether the emulator tells what became of a run, as proto/openapi/call-emulator.json says. */
const tells = '/runs/{id}/outcome' in paths;
const fine = tells ? 'same' : 'unchecked';

const verdict = (page, state) => page.locator(`[data-testid=verdict][data-state=${state}]`).waitFor();
const choose = (page, id) => page.locator(`[data-testid=pattern][data-id="${id}"]`).click();

/** Sends by the button and waits for the run that is new. */
async function send(page, state = fine) {
    const before = new URL(page.url()).hash;
    await page.getByTestId('send').click();
    await page.waitForFunction((hash) => location.hash !== hash && location.hash.startsWith('#run='), before);
    await verdict(page, state);
}

/** Plays a call beside the page. */
async function play(order) {
    const answer = await fetch(`${emulator}/emulate`, { method: 'POST', body: JSON.stringify(order) });
    assert.equal(answer.status, 200);
    return answer.json();
}

/** The page draws what the pattern promises. */
async function expectOutcome(page, pattern) {
    const chats = await texts(page, '[data-testid=message-text]');
    const last = pattern.expected.chat.at(-1);
    if (last)
        assert.ok(
            chats.some((text) => text.startsWith(last.slice(0, 6))),
            `${pattern.id}: ${chats}`,
        );
    const crm = await texts(page, '#crm .request-method');
    const isUploaded = crm.some((each) => each.includes('calls/upload'));
    assert.equal(isUploaded, pattern.expected.crm.includes('hangup'), `${pattern.id}: ${crm}`);
    assert.deepEqual(await texts(page, '[data-testid=differences]'), []);
}

/** Rows 1 to 7 of the contract and a lost beginning; tests/e2e plays all patterns. */
const everyday = [
    'inbound-answered',
    'inbound-group-answered',
    'inbound-missed',
    'outbound-answered',
    'outbound-not-answered',
    'internal-answered',
    'internal-missed',
    'hangup-only',
];

test('everyday patterns, sent at fast pace, become what they should', async () => {
    const played = patterns.filter(({ id }) => everyday.includes(id));
    assert.equal(played.length, everyday.length);
    await visit(address, {}, async (page) => {
        await page.locator('[data-testid=pattern]').last().waitFor();
        assert.equal(await page.locator('[data-testid=pattern]').count(), patterns.length);
        for (const pattern of played) {
            await choose(page, pattern.id);
            await send(page);
            assert.equal((await texts(page, '#run-name'))[0], pattern.title.ru);
            const events = await texts(page, '#events .event-name');
            assert.ok(events.length > 0 && events.length >= pattern.steps.length, `${pattern.id}: ${events}`);
            if (tells) await expectOutcome(page, pattern);
        }
    });
});

async function expectWholeStory(page) {
    const [text] = await texts(page, '[data-testid=message-text]');
    assert.match(text, /^✅ Завершен: \+375 \(29\) 625-40-70 .*↔ .*151.*, 00:12$/);
    const earlier = await texts(page, '.versions-text');
    assert.ok(
        earlier.some((each) => each.startsWith('📞 Дозвон')) && earlier.some((each) => each.startsWith('🔗 Разговор')),
        earlier,
    );
    assert.deepEqual((await texts(page, '#crm .request-method')).filter((each) => each.includes('POST')).length, 3);
    assert.match(await page.locator('#stored').innerText(), /входящий[\s\S]*отвечен[\s\S]*12/);
    assert.ok((await page.locator('#trace .line').count()) > 15);
}

test('an answered call shows its events, its chat with every edit, its CRM requests, rows and explanation', async () => {
    await visit(address, {}, async (page) => {
        await expectAccessible(page, 'the first page');
        await screenshot(page, 'emulator-first', false);
        await choose(page, 'inbound-answered');
        await page.getByText('Через', { exact: true }).click();
        await page.getByLabel('Миллисекунды между событиями').fill('120');
        await page.getByTestId('send').click();
        await verdict(page, 'running');
        await verdict(page, fine);
        assert.deepEqual(await texts(page, '#events .event-name'), [
            'start',
            'new_callerid',
            'dial',
            'bridge_create',
            'bridge',
            'bridge',
            'bridge_leave',
            'bridge_leave',
            'bridge_destroy',
            'hangup',
        ]);
        if (tells) await expectWholeStory(page);

        const first = page.locator('#events .line-head').first();
        await first.click();
        const open = page.locator('#events .line-body').first();
        assert.match(await open.innerText(), /"Phone": "\+375296254070"[\s\S]*"duplicate": false/);
        await expectAccessible(page, 'a run');
        await screenshot(page, 'emulator-run');
        await first.click();
    });
});

test('in the dark and on a phone everything is there, and nothing sticks out', async () => {
    await visit(address, { dark: true }, async (page) => {
        await choose(page, 'inbound-group-answered');
        await send(page);
        await expectAccessible(page, 'a run in the dark');
        await screenshot(page, 'emulator-run-dark');
    });
    await visit(address, { viewport: phone }, async (page) => {
        await expectNoSideScroll(page);
        await choose(page, 'inbound-missed');
        await send(page);
        await expectNoSideScroll(page);
        await expectAccessible(page, 'a run on a phone');
        await page.evaluate(() => scrollTo(0, 0));
        await screenshot(page, 'emulator-run-phone');
    });
});

test('by keyboard alone: find, choose, send, look at an earlier run, read the shortcuts', async () => {
    await play({ pattern: 'hangup-only' });
    await visit(address, {}, async (page) => {
        await page.getByTestId('pattern').first().waitFor();
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), 'К содержанию');
        await page.keyboard.press('/');
        await page.keyboard.type('внутренн');
        assert.equal(await page.getByRole('combobox').inputValue(), 'внутренн');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowDown');
        const selected = await page.locator('[role=option][aria-selected=true]').getAttribute('data-id');
        assert.match(selected, /^internal-/);
        const outline = await page.evaluate(
            () =>
                getComputedStyle(document.activeElement).outlineStyle +
                getComputedStyle(document.activeElement).borderColor,
        );
        assert.ok(outline, 'the focus can be seen');
        await page.keyboard.press('Control+Enter');
        await verdict(page, fine);
        const run = new URL(page.url()).hash;
        await page.evaluate(() => document.activeElement.blur());
        if ('/runs' in paths) {
            await page.keyboard.press('[');
            await page.waitForFunction((hash) => location.hash !== hash, run);
            await page.keyboard.press(']');
            await page.waitForFunction((hash) => location.hash === hash, run);
        }
        await page.keyboard.press('?');
        const dialog = page.getByRole('dialog');
        await dialog.waitFor();
        assert.match(await dialog.innerText(), /Отправить события/);
        await expectAccessible(page, 'the list of shortcuts');
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
    });
});

test('a link to a run opens it; language and colours are remembered', async () => {
    await visit(address, {}, async (page, context) => {
        await choose(page, 'hangup-only');
        await send(page);
        const link = page.url();
        await page.getByText('EN', { exact: true }).click();
        await page.getByTestId('colours').click();
        await page.getByTestId('colours').click();
        const other = await context.newPage();
        await other.goto(link);
        await verdict(other, fine);
        assert.equal((await texts(other, '#run-name'))[0], 'Hangup only');
        assert.match(await other.getByTestId('verdict').innerText(), /Everything as expected|Every event was accepted/);
        assert.equal(await other.evaluate(() => document.documentElement.lang), 'en');
        assert.equal(await other.evaluate(() => document.documentElement.dataset.mantineColorScheme), 'dark');
        await screenshot(other, 'emulator-english-dark', false);
        await other.goto(`${address}#run=01890a5d-ac96-774b-bcce-b302099a8060`);
        await other.reload();
        await other.getByText('Not found').waitFor();
        await other.close();
    });
});

if ('/runs' in paths) {
    test('the list of runs opens an earlier one', async () => {
        await visit(address, {}, async (page) => {
            await page.getByTestId('runs-tab').click();
            const links = page.getByTestId('run-link');
            await links.nth(1).waitFor();
            await links.nth(1).click();
            await verdict(page, fine);
            assert.equal(await links.nth(1).getAttribute('aria-current'), 'page');
            await expectAccessible(page, 'the list of runs');
            await screenshot(page, 'emulator-runs', false);
        });
    });
}

test('a refused target, a target that is down, and a wrong field are told in words', async () => {
    const expected = [/status of (403|422)/];
    await visit(address, { expected }, async (page) => {
        await choose(page, 'inbound-answered');
        await page.getByText('Ещё параметры').click();
        const target = page.getByTestId('option-target');
        await target.fill('http://127.0.0.1:1');
        await page.getByTestId('send').click();
        await page.getByText('Цель отклонена').waitFor();
        await expectAccessible(page, 'a refused target');
        await screenshot(page, 'emulator-refused', false);

        await target.fill(nobody);
        await page.getByTestId('send').click();
        const failed = page.getByTestId('run-failed');
        await failed.waitFor();
        assert.match(await failed.innerText(), /is down/);
        assert.match(await page.locator('#events').innerText(), /нет ответа/);
        await screenshot(page, 'emulator-down', false);

        await target.fill('');
        await page.getByTestId('field-phone').fill('1'.repeat(500));
        await page.getByTestId('send').click();
        await page.getByText('Так нельзя').waitFor();
        assert.equal(await page.getByTestId('field-phone').getAttribute('aria-invalid'), 'true');
    });
});

test('a service that is away is told, and found again', async () => {
    await visit(address, { expected: [/Failed to load resource/] }, async (page, context) => {
        await page.getByTestId('pattern').first().waitFor();
        await context.setOffline(true);
        await page.getByTestId('send').click();
        await page.getByText('Сервис не отвечает').waitFor();
        await context.setOffline(false);
        await choose(page, 'hangup-only');
        await send(page);
        assert.equal(await page.getByText('Сервис не отвечает').count(), 0);
    });
});

test('from another machine it asks for the token, and keeps it for the tab', async () => {
    const options = {
        headers: { 'X-Forwarded-For': '203.0.113.5' },
        expected: [/status of (401|403)/],
    };
    await visit(address, options, async (page) => {
        await page.getByTestId('pattern').first().waitFor();
        await page.getByTestId('send').click();
        const dialog = page.getByRole('dialog');
        await dialog.waitFor();
        await expectAccessible(page, 'the question for a token');
        await screenshot(page, 'emulator-token', false);
        await dialog.getByLabel('INTERNAL_TOKEN').fill('wrong');
        await page.keyboard.press('Enter');
        await page.getByText('Прежний токен не подошёл').waitFor();
        await dialog.getByLabel('INTERNAL_TOKEN').fill('tell-nobody');
        await page.keyboard.press('Enter');
        await verdict(page, fine);
        assert.equal(
            await page.evaluate(() => localStorage.length > 0 && JSON.stringify(localStorage).includes('tell-nobody')),
            false,
        );
    });
});

if ('/runs/{id}/export' in paths) {
    test('a call is exported, imported as a pattern, played and deleted', async () => {
        await visit(address, {}, async (page) => {
            await choose(page, 'outbound-answered');
            await send(page);
            const waiting = page.waitForEvent('download');
            await page.getByTestId('export').click();
            const download = await waiting;
            const path = await download.path();
            const trace = await readFile(path, 'utf8');
            assert.doesNotMatch(trace, /375296254070/, 'a trace is anonymous');
            await page.setInputFiles('input[type=file]', path);
            await page.locator('[role=option][aria-selected=true][data-id^=imported]').waitFor();
            await send(page);
            await page.getByLabel('Удалить этот сценарий').click();
            await page.locator('[data-testid=pattern][data-id^=imported]').waitFor({ state: 'detached' });
        });
    });
}
