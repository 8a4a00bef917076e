// Rules of web/pages that need no browser.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../../web/pages/src/', import.meta.url));
const { build } = createRequire(sources)('esbuild');

/** A module of the pages that draws nothing, compiled for us. */
async function load(path) {
    const { outputFiles } = await build({
        entryPoints: [sources + path],
        bundle: true,
        format: 'esm',
        write: false,
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
}

test('server-sent events are whole whatever the pieces are', async () => {
    const { EventParser } = await load('shared/eventStream.ts');
    const stream = 'id: 1\nevent: sent\ndata: {"a":\ndata: 1}\n\n: still here\n\nevent: end\r\ndata: {}\r\n\r\n';
    for (const size of [1, 3, 7, stream.length]) {
        const parser = new EventParser();
        const events = [];
        for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
        assert.deepEqual(events, [
            { name: 'sent', data: '{"a":\n1}', id: '1' },
            { name: 'end', data: '{}', id: '1' },
        ]);
    }
});

test('patterns are grouped by kind and found by words of either language', async () => {
    const { grouped } = await load('emulator/patterns.ts');
    const pattern = (id, ru, imported = false) => ({
        id,
        imported,
        title: { ru, en: id },
        description: { ru: '', en: '' },
    });
    const patterns = [
        pattern('hangup-only', 'Только hangup'),
        pattern('inbound-missed', 'Входящий, не ответили'),
        pattern('inbound-blind-transfer', 'Слепой перевод'),
        pattern('trace-1', 'Запись', true),
    ];
    const shape = (groups) => groups.map((group) => [group.title.en, ...group.patterns.map(({ id }) => id)]);
    assert.deepEqual(shape(grouped(patterns, '')), [
        ['Inbound', 'inbound-missed'],
        ['Transfers', 'inbound-blind-transfer'],
        ['Special cases', 'hangup-only'],
        ['Your own', 'trace-1'],
    ]);
    assert.deepEqual(shape(grouped(patterns, 'ОТВЕТИЛИ вход')), [['Inbound', 'inbound-missed']]);
    assert.deepEqual(grouped(patterns, 'nothing like it'), []);
});

test('a look ahead fills what the form knows and leaves the rest', async () => {
    const { filled } = await load('emulator/fill.ts');
    const values = { phone: '+375296254070', extensions: ['151', '152'] };
    assert.deepEqual(filled({ to: '{extensions}', who: '{extensions.first}', id: '{unique_id.1}' }, values), {
        to: ['151', '152'],
        who: '151',
        id: '{unique_id.1}',
    });
    assert.equal(
        filled('{phone.formatted} → {extensions}, {phone.bare}', values),
        '+375 (29) 625-40-70 → 151, 152, 375296254070',
    );
});
