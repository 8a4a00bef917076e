import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '../shared/i18n';
import { apiName, type ApiRequest } from '../shared/model';
import { Panel } from '../shared/parts';
import { RequestLine } from '../shared/RequestLine';
import { faultApis } from './model';

const atOnce = 25;

/** Every request, newest first. */
export function RequestsPanel({ requests }: { requests: ApiRequest[] }) {
    const t = useT();
    const [api, setApi] = useState('all');
    const [search, setSearch] = useState('');
    const [shown, setShown] = useState(atOnce);
    const wanted = search.trim().toLowerCase();
    const found = requests.filter(
        (request) =>
            (api === 'all' ||
                (api === 'bad'
                    ? request.status >= 400 || request.status === 0 || request.fault
                    : request.api === api)) &&
            (!wanted || JSON.stringify(request).toLowerCase().includes(wanted)),
    );
    return (
        <Panel title={t('Запросы', 'Requests')} count={requests.length || undefined} id="requests">
            <div className="requests-bar">
                <SegmentedControl
                    size="xs"
                    aria-label={t('Какие запросы', 'Which requests')}
                    className="requests-apis"
                    value={api}
                    onChange={setApi}
                    data={[
                        { value: 'all', label: t('Все', 'All') },
                        ...faultApis.map((each) => ({ value: each, label: apiName(each) })),
                        { value: 'bad', label: t('С ошибкой', 'Failed') },
                    ]}
                />
                <TextInput
                    size="xs"
                    className="grow requests-search"
                    leftSection={<IconSearch size={14} aria-hidden />}
                    placeholder={t('Найти в запросах', 'Find in the requests')}
                    aria-label={t('Найти в запросах', 'Find in the requests')}
                    value={search}
                    onChange={(event) => setSearch(event.currentTarget.value)}
                />
            </div>
            <ol aria-label={t('Запросы', 'Requests')}>
                {found.slice(0, shown).map((request) => (
                    <RequestLine key={request.number} request={request} withApi />
                ))}
            </ol>
            {found.length === 0 && <p className="panel-empty">{t('Таких запросов нет', 'No such requests')}</p>}
            {found.length > shown && (
                <Button variant="subtle" size="compact-sm" m="xs" onClick={() => setShown(shown + 200)}>
                    {t(`Ещё ${found.length - shown}`, `${found.length - shown} more`)}
                </Button>
            )}
        </Panel>
    );
}
