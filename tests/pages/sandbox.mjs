// /sandbox: what the outside world got, and how it misbehaves.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
    emulator,
    expectAccessible,
    expectNoSideScroll,
    phone,
    sandbox,
    screenshot,
    texts,
    visit,
} from './browser.mjs';

const address = `${sandbox}/sandbox`;

async function faults() {
    const answer = await fetch(`${sandbox}/sandbox/faults`);
    return (await answer.json()).items;
}

test('it shows chats with their edits, CRM accounts and the stream of requests', async () => {
    await visit(address, {}, async (page) => {
        await page.getByTestId('message').first().waitFor();
        assert.ok((await texts(page, '[data-testid=message-text]')).some((text) => text.startsWith('✅ Завершен')));
        assert.match(await page.getByTestId('account').first().innerText(), /Кабинет 0367[\s\S]*События/);
        const requests = page.locator('#requests .line');
        assert.ok((await requests.count()) > 10);
        await page.locator('#requests .line-head').first().click();
        await page.locator('#requests .json').first().waitFor();
        await expectAccessible(page, 'the sandbox');
        await screenshot(page, 'sandbox', false);
        await page.locator('#requests .requests-bar').getByText('RetailCRM', { exact: true }).click();
        for (const each of await texts(page, '#requests .request-api')) assert.equal(each, 'RetailCRM');
        for (const crm of ['uon', 'moysklad', 'bitrix24']) {
            await page.getByTestId(`tab-${crm}`).click();
            await page.locator('#crm [role=tabpanel]:visible').waitFor();
        }
        await page.getByTestId('tab-bitrix24').click();
        await expectAccessible(page, 'a portal');
    });
});

test('new requests come in by themselves', async () => {
    await visit(address, {}, async (page) => {
        await page.getByTestId('message').first().waitFor();
        const tail = String(Date.now() % 100).padStart(2, '0');
        assert.equal(await page.getByText(`+375 (29) 111-22-${tail}`).count(), 0);
        const answer = await fetch(`${emulator}/emulate`, {
            method: 'POST',
            body: JSON.stringify({
                pattern: 'hangup-only',
                fields: { phone: `+3752911122${tail}` },
            }),
        });
        assert.equal(answer.status, 200);
        await page.getByText(`+375 (29) 111-22-${tail}`).first().waitFor();
    });
});

test('faults are switched on, met by requests, and off', async () => {
    await fetch(`${sandbox}/sandbox/faults`, { method: 'DELETE' });
    await visit(address, {}, async (page) => {
        await page.getByTestId('add-fault').waitFor();
        await page.getByText('Telegram: 500 дважды').click();
        await page.getByLabel('Метод содержит').fill('deleteMessage');
        await page.getByTestId('add-fault').click();
        await page.getByTestId('fault').first().waitFor();
        await page.getByText('CRM рвёт связь').click();
        await page.getByTestId('add-fault').click();
        await page.getByTestId('fault').nth(1).waitFor();
        assert.deepEqual(
            (await faults()).map(({ api, kind, match, times }) => ({
                api,
                kind,
                match,
                times,
            })),
            [
                { api: 'telegram', kind: 'status', match: 'deleteMessage', times: 2 },
                { api: 'retailcrm', kind: 'reset', match: '', times: 3 },
            ],
        );
        await expectAccessible(page, 'faults');
        await screenshot(page, 'sandbox-faults', false);
        await page.getByLabel('Снять этот сбой').first().click();
        await page.waitForFunction(() => document.querySelectorAll('[data-testid=fault]').length === 1);
        assert.deepEqual(
            (await faults()).map(({ api }) => api),
            ['retailcrm'],
        );
        await page.getByTestId('clear-faults').click();
        await page.getByText('Все API работают как положено').waitFor();
        assert.deepEqual(await faults(), []);

        const token = '1000367:no-such-token';
        await page.getByText('Telegram: 429 на 5 с').click();
        await page.getByLabel('Метод содержит').fill('getMe');
        await page.getByTestId('add-fault').click();
        await page.getByTestId('fault').first().waitFor();
        const met = await fetch(`${sandbox}/bot${token}/getMe`);
        assert.equal(met.status, 429);
        await page.getByText('сбой: status').first().waitFor();
        await page.getByText('Все API работают как положено').waitFor();
    });
});

test('limits are switched, the bot is written to, and on a phone in the dark nothing sticks out', async () => {
    await visit(address, { viewport: phone, dark: true }, async (page) => {
        await page.getByTestId('message').first().waitFor();
        await expectNoSideScroll(page);
        await expectAccessible(page, 'the sandbox on a phone in the dark');
        await screenshot(page, 'sandbox-phone-dark');
        await page.getByTestId('enforce').click();
        await page.waitForFunction(async () => (await (await fetch('sandbox/limits')).json()).enforce);
        await page.getByTestId('enforce').click();
        await page.waitForFunction(async () => !(await (await fetch('sandbox/limits')).json()).enforce);
        await page.getByLabel('Написать боту').fill('/settings');
        await page.getByLabel('Отправить боту').click();
        await page.locator('[data-own]').last().getByText('/settings').waitFor();
        await page.locator('button.chat-button').first().waitFor();
    });
});

test('it forgets everything when asked twice', async () => {
    await visit(address, {}, async (page) => {
        await page.getByTestId('message').first().waitFor();
        await page.getByTestId('reset').click();
        await page.getByText('Точно забыть?').waitFor();
        await page.getByTestId('reset').click();
        await page.getByText('Ни в одном чате ещё ничего нет').waitFor();
        await page.waitForFunction(() => document.querySelectorAll('#requests .line').length < 3);
    });
});
