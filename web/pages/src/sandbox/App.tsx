import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { Frame, type Shortcut } from '../shared/Frame';
import { useT } from '../shared/i18n';
import { useKeys } from '../shared/keys';
import { ErrorNotice } from '../shared/parts';
import { ReadinessSign, useReadiness } from '../shared/Readiness';
import { ChatsPanel } from './ChatsPanel';
import { CrmPanel } from './CrmPanel';
import { Faults } from './Faults';
import { LimitsPanel } from './LimitsPanel';
import { RequestsPanel } from './RequestsPanel';
import { useSandbox } from './useSandbox';

const shortcuts: Shortcut[] = [{ keys: ['/'], what: { ru: 'Найти в запросах', en: 'Find in the requests' } }];

export function App() {
    const t = useT();
    const { sandbox, change, forget } = useSandbox();
    const readiness = useReadiness(() => {});
    const [error, setError] = useState<unknown>(null);
    const [asked, setAsked] = useState(false);
    const main = useRef<HTMLElement>(null);
    useKeys({ Slash: () => main.current?.querySelector<HTMLInputElement>('.requests-search input')?.focus() });
    const reset = () => {
        if (!asked) return setAsked(true);
        setAsked(false);
        setError(null);
        forget().catch(setError);
    };
    return (
        <Frame
            title={{ ru: 'Песочница', en: 'Sandbox' }}
            status={<ReadinessSign readiness={readiness} />}
            shortcuts={shortcuts}
        >
            <main className="sandbox" id="main" tabIndex={-1} ref={main}>
                {sandbox.error ? <ErrorNotice error={sandbox.error} /> : null}
                {error ? <ErrorNotice error={error} /> : null}
                <div className="sandbox-grid">
                    <div className="sandbox-side">
                        <Faults faults={sandbox.faults} change={change} />
                        <LimitsPanel limits={sandbox.limits} change={change} />
                        <Button
                            size="xs"
                            variant="default"
                            onClick={reset}
                            onBlur={() => setAsked(false)}
                            data-testid="reset"
                        >
                            {asked
                                ? t('Точно забыть? Нажмите ещё раз', 'Really? Press again')
                                : t('Забыть всё: чаты, CRM, запросы', 'Forget everything: chats, CRMs, requests')}
                        </Button>
                    </div>
                    <ChatsPanel chats={sandbox.chats} change={change} />
                    <CrmPanel crm={sandbox.crm} />
                    <RequestsPanel requests={sandbox.requests} />
                </div>
            </main>
        </Frame>
    );
}
