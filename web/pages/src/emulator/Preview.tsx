import { useT } from '../shared/i18n';
import { Json } from '../shared/Json';
import { Line, Panel } from '../shared/parts';
import { ExpectedFacts, Texts } from './Comparison';
import { filled } from './fill';
import type { Expected, FieldValues, Pattern } from './model';
import { EventName, partiesOf } from './Timeline';

/** What would be sent and what should become of it, before it is sent. */
export function Preview({ pattern, values }: { pattern: Pattern; values: FieldValues }) {
    const t = useT();
    const expected = filled(pattern.expected, values) as Expected;
    let at = 0;
    return (
        <div className="preview" data-testid="preview">
            <Panel
                title={t('Будет отправлено', 'Will be sent')}
                count={pattern.steps.length}
                id="steps"
                aside={<span className="muted">{t('ничего ещё не отправлено', 'nothing is sent yet')}</span>}
            >
                <ol>
                    {pattern.steps.map((step, index) => {
                        at += step.after_ms;
                        const body = filled(step.body, values) as Record<string, unknown>;
                        return (
                            <Line
                                key={`${pattern.id}/${index}`}
                                head={
                                    <>
                                        <span className="muted event-offset">+{(at / 1000).toFixed(1)}</span>
                                        <EventName event={step.event} />
                                        <span className="grow clip muted">{partiesOf(body)}</span>
                                    </>
                                }
                            >
                                {() => <Json value={body} label={t('Событие', 'Event')} />}
                            </Line>
                        );
                    })}
                </ol>
            </Panel>
            <Panel title={t('Ожидается', 'Expected')} id="expected">
                <div className="panel-body stack">
                    <section className="stack">
                        <h3 className="muted">
                            {t('Сообщение в Telegram, по мере звонка', 'The Telegram message, as the call goes on')}
                        </h3>
                        <Texts texts={expected.chat} />
                    </section>
                    <section className="stack">
                        <h3 className="muted">
                            {t('Шаги в CRM, которая принимает всё', 'Steps of a CRM that takes all kinds')}
                        </h3>
                        <Texts texts={expected.crm} />
                    </section>
                    <section className="stack">
                        <h3 className="muted">{t('Записанный звонок', 'The stored call')}</h3>
                        <ExpectedFacts call={expected.call} />
                    </section>
                </div>
            </Panel>
        </div>
    );
}
