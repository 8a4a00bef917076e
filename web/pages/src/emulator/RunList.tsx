import { useT, useText } from '../shared/i18n';
import { shortMoment } from '../shared/time';
import type { Pattern, RunSummary } from './model';
import { RunStatusTag } from './RunHead';

/** The last runs, newest first. */
export function RunList({
    runs,
    patterns,
    current,
    open,
}: {
    runs: RunSummary[];
    patterns: Pattern[];
    current: string | null;
    open: (id: string) => void;
}) {
    const t = useT();
    const text = useText();
    if (runs.length === 0)
        return (
            <p className="panel-empty">
                {t(
                    'Прогонов ещё не было. Последние 100 хранятся, пока эмулятор работает.',
                    'No runs yet. The last 100 are kept while the emulator runs.',
                )}
            </p>
        );
    return (
        <ol className="runs" aria-label={t('Последние прогоны', 'The last runs')}>
            {runs.map((run) => {
                const pattern = patterns.find((each) => each.id === run.pattern);
                return (
                    <li key={run.run}>
                        <a
                            href={`#run=${run.run}`}
                            className="run-link"
                            aria-current={run.run === current ? 'page' : undefined}
                            onClick={(event) => (event.preventDefault(), open(run.run))}
                            data-testid="run-link"
                        >
                            <span className="run-link-title">
                                <span className="grow clip">{pattern ? text(pattern.title) : run.pattern}</span>
                                <RunStatusTag status={run.status} />
                            </span>
                            <span className="muted run-link-facts">
                                {shortMoment(run.started_at)} · {run.unique_id}
                            </span>
                        </a>
                    </li>
                );
            })}
        </ol>
    );
}
