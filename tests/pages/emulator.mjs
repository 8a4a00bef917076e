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

/**
 * People of its own for each run, or neighbours would be one call: no exchange has a phone in two conversations.
 * Hidden numbers stay hidden.
 */
function peopleOf(pattern, index) {
    const extension = (place) => String(300 + 4 * index + place);
    const tail = String(2_000_000 + index);
    const people = {
        phone: pattern.id === 'outbound-foreign' ? `+7495${tail}` : `+37529${tail}`,
        mobile: `+37533${tail}`,
        answered_by: extension(1),
        transfer_to: extension(3),
        caller: extension(0),
        callee: extension(1),
    };
    const values = {};
    for (const field of pattern.fields) {
        if (field.type === 'list') values[field.name] = field.default.map((_, place) => extension(Math.min(place, 2)));
        else if (field.name in people && field.default !== '') values[field.name] = people[field.name];
        else values[field.name] = field.default;
    }
    return values;
}

async function fillForm(page, values) {
    for (const [name, value] of Object.entries(values)) {
        const field = page.getByTestId(`field-${name}`);
        if (!Array.isArray(value)) {
            await field.fill(value);
            continue;
        }
        const pills = page.locator('.order-list [data-with-remove]');
        await field.focus();
        while ((await pills.count()) > 0) {
            const before = await pills.count();
            await page.keyboard.press('Backspace');
            await page.waitForFunction(
                (count) => document.querySelectorAll('.order-list [data-with-remove]').length < count,
                before,
            );
        }
        await page.keyboard.type(`${value.join(',')},`);
        await page.waitForFunction(
            (count) => document.querySelectorAll('.order-list [data-with-remove]').length === count,
            value.length,
        );
    }
}

const ways = { in: 'входящий', out: 'исходящий', internal: 'внутренний' };

/** The page draws what the pattern promises; `promised` are the chat's texts with the form's people in them. */
async function expectOutcome(page, pattern, promised) {
    const { id, steps, expected } = pattern;
    assert.equal((await texts(page, '#run-name'))[0], pattern.title.ru);
    assert.deepEqual(
        await texts(page, '#events .event-name'),
        steps.map(({ event }) => event),
        `${id}: every event is shown`,
    );
    assert.ok(
        (await texts(page, '#events .tag')).every((text) => text === '200' || text === 'повтор'),
        id,
    );

    const said = await texts(page, '[data-testid=message-text]');
    assert.equal(said.length, 1, `${id}: one message, not ${said}`);
    // The demo enterprise has a name for its line, which stands where no extension is known yet.
    const last = said[0].replace('Отдел продаж', 'приветствие');
    assert.equal(last, promised.at(-1), `${id}: the chat's last text`);

    // RetailCRM takes no call without a number.
    const isHidden = pattern.fields.some(({ name, default: value }) => name === 'phone' && value === '');
    const goesTo = (step) => !isHidden && expected.crm.includes(step);
    const crm = await texts(page, '#crm .request-method');
    const sent = (method) => crm.filter((each) => each.includes(method)).length;
    assert.equal(sent('calls/upload'), goesTo('hangup') ? 1 : 0, `${id}: ${crm}`);
    assert.equal(sent('call/event') > 0, goesTo('dial'), `${id}: ${crm}`);

    const stored = await page.locator('#stored .stored-call').innerText();
    const { direction, answered, talk_s: talk } = expected.call;
    assert.ok(stored.includes(ways[direction]), `${id}: ${stored}`);
    assert.ok(stored.includes(answered ? '\nотвечен' : 'не отвечен'), `${id}: ${stored}`);
    if (answered) assert.match(stored, new RegExp(`Разговор, с\\s+${talk}\\b`), id);
    assert.ok((await page.locator('#trace .line').count()) > 0, `${id}: it is explained`);

    await page.getByTestId('compare').click();
    assert.deepEqual(
        await page.locator('.comparison-row').evaluateAll((rows) => rows.map((row) => row.dataset.same)),
        ['true', 'true', 'true'],
        id,
    );
    await page.getByTestId('compare').click();
    assert.equal(await page.getByTestId('differences').count(), 0);
}

test('every pattern, sent from the page, becomes what it should, and all of it is drawn', async () => {
    assert.ok(patterns.length >= 41, `${patterns.length} patterns`);
    const playSome = async (page, isMine) => {
        await page.getByTestId('pattern').last().waitFor();
        assert.equal(await page.getByTestId('pattern').count(), patterns.length);
        for (const [index, pattern] of patterns.entries()) {
            if (!isMine(index)) continue;
            await choose(page, pattern.id);
            await fillForm(page, peopleOf(pattern, index));
            await send(page);
            const run = new URL(page.url()).hash.replace('#run=', '');
            const { expected } = await (await fetch(`${emulator}/runs/${run}`)).json();
            await expectOutcome(page, pattern, expected.chat);
        }
    };
    // Side by side, since most of the time is waiting for what comes late.
    await Promise.all([0, 1, 2].map((part) => visit(address, {}, (page) => playSome(page, (i) => i % 3 === part))));
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

test('a call is exported, imported as a pattern, played and deleted', async () => {
    await visit(address, {}, async (page) => {
        await choose(page, 'outbound-answered');
        await send(page);
        const waiting = page.waitForEvent('download');
        await page.getByTestId('export').click();
        const download = await waiting;
        const path = await download.path();
        const trace = await readFile(path, 'utf8');
        assert.doesNotMatch(trace, /6254070|375293332255|Сидоров|0001363/, 'a trace is anonymous');
        await page.setInputFiles('input[type=file]', path);
        const own = page.locator('[role=option][aria-selected=true][data-id^=trace-]');
        await own.waitFor();
        await screenshot(page, 'emulator-own-pattern', false);
        // A trace has a Token of nobody's: it is played at the demo enterprise.
        await page.getByTestId('field-token').fill('375293332255');
        await send(page);
        await page.getByLabel('Удалить этот сценарий').click();
        await page.locator('[data-testid=pattern][data-id^=trace-]').waitFor({ state: 'detached' });
        await page.setInputFiles('input[type=file]', {
            name: 'odd.json',
            mimeType: 'application/json',
            buffer: Buffer.from('{"id":'),
        });
        await page.getByText('odd.json').waitFor();
    });
});

test('a bad line: events are shuffled, doubled and lost, in batches, and it says what it cannot know', async () => {
    await visit(address, { viewport: phone }, async (page) => {
        await choose(page, 'inbound-answered');
        await page.getByText('Ещё параметры').click();
        await page.getByTestId('option-repeat').fill('3');
        await page.getByTestId('option-parallel').fill('1');
        await page.getByTestId('option-doublePercent').fill('30');
        await page.getByTestId('option-shuffle').check();
        await page.getByTestId('option-seed').fill('7');
        await expectNoSideScroll(page);
        await expectAccessible(page, 'the options on a phone');
        await page.getByTestId('option-target').scrollIntoViewIfNeeded();
        await screenshot(page, 'emulator-options-phone', false);
        await send(page, 'partly');
        assert.match(await page.getByTestId('unknown').innerText(), /события перемешаны[\s\S]*Зерно \d/);
        await page.waitForFunction(() => document.querySelectorAll('.batch-run:not([data-tone=busy])').length === 3);
        assert.equal(await page.getByTestId('batch-run').count(), 3);
        assert.ok((await texts(page, '#events .tag')).includes('повтор'), 'doubled events are marked');
        await expectNoSideScroll(page);
        // However slow the machine is and however long the call: the widest that these columns can show. React owns
        // the texts and gets them back.
        const widest = { '.event-offset': '+1234.5', '.event-took': '9999 ms', '.event-name': 'bridge_destroy' };
        const shown = await page.evaluate((columns) => {
            const nodes = Object.entries(columns).flatMap(([selector, text]) =>
                [...document.querySelectorAll(`#events ${selector}`)].map(({ firstChild }) => ({ firstChild, text })),
            );
            const before = nodes.map(({ firstChild }) => firstChild.nodeValue);
            nodes.forEach(({ firstChild, text }) => (firstChild.nodeValue = text));
            const root = document.documentElement;
            const widths = { page: root.scrollWidth, window: root.clientWidth };
            nodes.forEach(({ firstChild }, index) => (firstChild.nodeValue = before[index]));
            return widths;
        }, widest);
        assert.ok(shown.page <= shown.window, `at its widest the page is ${shown.page} px in ${shown.window}`);
        await expectAccessible(page, 'a batch');
        await screenshot(page, 'emulator-batch-phone');
        const before = new URL(page.url()).hash;
        await page.getByTestId('batch-run').nth(1).click();
        await page.waitForFunction((hash) => location.hash !== hash, before);

        await page.getByText('Убрать все эти параметры').click();
        await page.getByTestId('option-drop').click();
        await page.getByRole('option', { name: 'hangup', exact: true }).click();
        await page.keyboard.press('Escape');
        await send(page, 'partly');
        assert.match(await page.getByTestId('unknown').innerText(), /потеряны события \(hangup\)/);
        assert.ok(!(await texts(page, '#events .event-name')).includes('hangup'));
    });
});
