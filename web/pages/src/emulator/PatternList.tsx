import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconSearch, IconTrash } from '@tabler/icons-react';
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useState } from 'react';
import { useT, useText } from '../shared/i18n';
import type { Pattern } from './model';
import { grouped } from './patterns';

/** One list with a search above it; arrow keys move in it from the search as well. */
export function PatternList({
    patterns,
    selected,
    onSelect,
    onDelete,
    canDelete,
    search: searchRef,
}: {
    patterns: Pattern[];
    selected: string;
    onSelect: (id: string) => void;
    onDelete: (id: string) => void;
    canDelete: (pattern: Pattern) => boolean;
    search: RefObject<HTMLInputElement | null>;
}) {
    const t = useT();
    const text = useText();
    const [search, setSearch] = useState('');
    const groups = useMemo(() => grouped(patterns, search), [patterns, search]);
    const flat = groups.flatMap((group) => group.patterns);

    useEffect(() => {
        document.getElementById(`pattern-${selected}`)?.scrollIntoView({ block: 'nearest' });
    }, [selected, patterns]);

    const move = (event: KeyboardEvent) => {
        const at = flat.findIndex((pattern) => pattern.id === selected);
        const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: flat.length - 1 }[event.key];
        const inSearch = event.currentTarget.tagName === 'INPUT';
        if (to === undefined || (inSearch && (event.key === 'Home' || event.key === 'End'))) return;
        event.preventDefault();
        const next = flat[Math.max(0, Math.min(to, flat.length - 1))];
        if (next) onSelect(next.id);
    };

    return (
        <div className="patterns">
            <TextInput
                ref={searchRef}
                size="xs"
                className="patterns-search"
                leftSection={<IconSearch size={14} aria-hidden />}
                placeholder={t('Найти сценарий', 'Find a pattern')}
                aria-label={t('Найти сценарий', 'Find a pattern')}
                role="combobox"
                aria-expanded
                aria-controls="patterns-list"
                aria-activedescendant={selected ? `pattern-${selected}` : undefined}
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
                onKeyDown={(event) => {
                    move(event);
                    if (
                        event.key === 'Enter' &&
                        !event.ctrlKey &&
                        flat[0] &&
                        !flat.some((each) => each.id === selected)
                    ) {
                        onSelect(flat[0].id);
                    }
                    if (event.key === 'Escape') setSearch('');
                }}
            />
            {/* The list has the focus, and its options are told by aria-activedescendant. */}
            <div
                id="patterns-list"
                className="patterns-list"
                role="listbox"
                tabIndex={0}
                aria-label={t('Сценарии', 'Patterns')}
                aria-activedescendant={selected ? `pattern-${selected}` : undefined}
                onKeyDown={move}
            >
                {groups.map((group) => (
                    <div key={group.title.en} role="group" aria-label={text(group.title)}>
                        <div className="patterns-group" aria-hidden>
                            {text(group.title)}
                        </div>
                        {group.patterns.map((pattern) => (
                            <div
                                key={pattern.id}
                                id={`pattern-${pattern.id}`}
                                role="option"
                                aria-selected={pattern.id === selected}
                                className="pattern"
                                data-testid="pattern"
                                data-id={pattern.id}
                                onClick={() => onSelect(pattern.id)}
                            >
                                <span className="grow clip">{text(pattern.title)}</span>
                                <span className="pattern-facts">
                                    {pattern.steps.length} · {Math.round(pattern.duration_ms / 1000)} {t('с', 's')}
                                </span>
                            </div>
                        ))}
                    </div>
                ))}
                {flat.length === 0 && <div className="panel-empty">{t('Такого сценария нет', 'No such pattern')}</div>}
            </div>
            <PatternAbout
                pattern={patterns.find((each) => each.id === selected)}
                canDelete={canDelete}
                onDelete={onDelete}
            />
        </div>
    );
}

function PatternAbout({
    pattern,
    canDelete,
    onDelete,
}: {
    pattern: Pattern | undefined;
    canDelete: (pattern: Pattern) => boolean;
    onDelete: (id: string) => void;
}) {
    const t = useT();
    const text = useText();
    if (!pattern) return null;
    const remove = t('Удалить этот сценарий', 'Delete this pattern');
    return (
        <div className="pattern-about">
            <p className="grow">
                {text(pattern.description)} <span className="mono muted">{pattern.id}</span>
            </p>
            {canDelete(pattern) && (
                <Tooltip label={remove}>
                    <ActionIcon variant="subtle" color="gray" aria-label={remove} onClick={() => onDelete(pattern.id)}>
                        <IconTrash size={16} />
                    </ActionIcon>
                </Tooltip>
            )}
        </div>
    );
}
