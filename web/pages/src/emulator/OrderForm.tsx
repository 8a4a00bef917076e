import {
    Button,
    Checkbox,
    Collapse,
    MultiSelect,
    NumberInput,
    type NumberInputProps,
    SegmentedControl,
    TagsInput,
    TextInput,
    UnstyledButton,
} from '@mantine/core';
import { IconChevronDown, IconPlayerPlay, IconRestore } from '@tabler/icons-react';
import { useState } from 'react';
import { useT, useText } from '../shared/i18n';
import type { FieldValues, Pattern } from './model';
import { type Options, changed, defaultOptions, eventNames, type PaceKind } from './order';

export function OrderForm({
    pattern,
    values,
    setValue,
    reset,
    options,
    setOptions,
    wrong,
    busy,
    allowed,
    send,
}: {
    pattern: Pattern;
    values: FieldValues;
    setValue: (name: string, value: string | string[]) => void;
    reset: () => void;
    options: Options;
    setOptions: (options: Options) => void;
    /** What the service refused, by the name of the field. */
    wrong: Record<string, string>;
    busy: boolean;
    /** Members that POST /emulate knows. */
    allowed: string[];
    send: () => void;
}) {
    const t = useT();
    const text = useText();
    const isChanged = pattern.fields.some((field) => String(values[field.name]) !== String(field.default));
    return (
        <form
            className="order-form"
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
        >
            <div className="order-fields">
                {pattern.fields.map((field) =>
                    field.type === 'list' ? (
                        <TagsInput
                            key={field.name}
                            className="order-list"
                            size="xs"
                            label={text(field.title)}
                            value={values[field.name] as string[]}
                            onChange={(value) => setValue(field.name, value)}
                            splitChars={[',', ' ', ';']}
                            acceptValueOnBlur
                            error={wrong[field.name]}
                            data-testid={`field-${field.name}`}
                        />
                    ) : (
                        <TextInput
                            key={field.name}
                            size="xs"
                            label={text(field.title)}
                            value={values[field.name] as string}
                            onChange={(event) => setValue(field.name, event.currentTarget.value)}
                            error={wrong[field.name]}
                            spellCheck={false}
                            autoComplete="off"
                            data-testid={`field-${field.name}`}
                        />
                    ),
                )}
                {isChanged && (
                    <UnstyledButton className="order-reset" onClick={reset}>
                        <IconRestore size={14} aria-hidden />
                        {t('Вернуть исходные значения', 'Back to the defaults')}
                    </UnstyledButton>
                )}
            </div>
            <OrderOptions options={options} setOptions={setOptions} wrong={wrong} allowed={allowed} />
            <div className="order-send">
                <Button
                    type="submit"
                    fullWidth
                    loading={busy}
                    leftSection={<IconPlayerPlay size={16} aria-hidden />}
                    rightSection={<span className="order-send-key">Ctrl ↵</span>}
                    data-testid="send"
                >
                    {t('Отправить события', 'Send the events')}
                </Button>
            </div>
        </form>
    );
}

function OrderOptions({
    options,
    setOptions,
    wrong,
    allowed,
}: {
    options: Options;
    setOptions: (options: Options) => void;
    wrong: Record<string, string>;
    allowed: string[];
}) {
    const t = useT();
    const [open, setOpen] = useState(false);
    const set = <K extends keyof Options>(name: K, value: Options[K]) => setOptions({ ...options, [name]: value });
    const number = (
        name: 'repeat' | 'parallel' | 'dropPercent' | 'doublePercent' | 'seed',
        label: string,
        { most, least = 0, ...more }: Partial<NumberInputProps> & { most: number; least?: number },
    ) => (
        <NumberInput
            size="xs"
            label={label}
            min={least}
            max={most}
            clampBehavior="strict"
            allowDecimal={false}
            allowNegative={false}
            value={options[name] ?? ''}
            onChange={(value) => set(name, value === '' ? undefined : Number(value))}
            data-testid={`option-${name}`}
            {...more}
        />
    );
    const count = changed(options);
    return (
        <div className="order-options">
            <div className="order-pace">
                <SegmentedControl
                    size="xs"
                    fullWidth
                    aria-label={t('Темп', 'Pace')}
                    value={options.pace}
                    onChange={(value) => set('pace', value as PaceKind)}
                    data={[
                        { value: 'fast', label: t('Быстро', 'Fast') },
                        { value: 'real', label: t('Как в жизни', 'Real') },
                        { value: 'fixed', label: t('Через', 'Every') },
                    ]}
                />
                {options.pace === 'fixed' && (
                    <NumberInput
                        size="xs"
                        w="7rem"
                        aria-label={t('Миллисекунды между событиями', 'Milliseconds between events')}
                        suffix=" ms"
                        min={0}
                        max={10000}
                        step={100}
                        value={options.between}
                        onChange={(value) => set('between', Number(value) || 0)}
                        error={wrong.pace}
                    />
                )}
            </div>
            <UnstyledButton className="order-more" aria-expanded={open} onClick={() => setOpen(!open)}>
                <IconChevronDown size={14} aria-hidden className="order-more-sign" />
                {t('Ещё параметры', 'More options')}
                {count > 0 && <span className="count">{count}</span>}
            </UnstyledButton>
            <Collapse in={open}>
                <div className="order-extra">
                    <TextInput
                        size="xs"
                        label={t('Цель', 'Target')}
                        description={t(
                            'Ingest другой машины, если он есть в EMULATOR_ALLOWED_TARGETS',
                            "Another machine's ingest, if EMULATOR_ALLOWED_TARGETS has it",
                        )}
                        placeholder={t('ingest этой установки', "this installation's ingest")}
                        value={options.target}
                        onChange={(event) => set('target', event.currentTarget.value)}
                        error={wrong.target}
                        spellCheck={false}
                        inputMode="url"
                        data-testid="option-target"
                    />
                    <div className="order-numbers">
                        {allowed.includes('repeat') &&
                            number('repeat', t('Повторить звонок', 'Repeat the call'), {
                                most: 200,
                                least: 1,
                                placeholder: '1',
                                error: wrong.repeat,
                            })}
                        {allowed.includes('parallel') &&
                            number('parallel', t('Одновременно', 'In parallel'), {
                                most: 16,
                                least: 1,
                                placeholder: '1',
                                error: wrong.parallel,
                            })}
                    </div>
                    {allowed.includes('drop') && (
                        <fieldset className="order-line">
                            <legend>{t('Плохая линия', 'A bad line')}</legend>
                            <MultiSelect
                                size="xs"
                                label={t('Потерять события', 'Lose these events')}
                                data={eventNames}
                                value={options.dropNames}
                                onChange={(names) => set('dropNames', names)}
                                placeholder={options.dropNames.length === 0 ? t('никакие', 'none') : undefined}
                                error={wrong.drop}
                                hidePickedOptions
                                comboboxProps={{ withinPortal: false }}
                                data-testid="option-drop"
                            />
                            <div className="order-numbers">
                                {number('dropPercent', t('Потерять наугад, %', 'Lose at random, %'), {
                                    most: 100,
                                    placeholder: '0',
                                    step: 10,
                                    disabled: options.dropNames.length > 0,
                                })}
                                {number('doublePercent', t('Послать дважды, %', 'Send twice, %'), {
                                    most: 100,
                                    placeholder: '0',
                                    step: 10,
                                    error: wrong.double,
                                })}
                            </div>
                            <Checkbox
                                size="xs"
                                label={t('Перемешать порядок', 'Shuffle the order')}
                                checked={options.shuffle}
                                onChange={(event) => set('shuffle', event.currentTarget.checked)}
                                data-testid="option-shuffle"
                            />
                            {number('seed', t('Зерно', 'Seed'), {
                                most: 9_007_199_254_740_991,
                                placeholder: t('случайное', 'random'),
                                description: t(
                                    'С тем же зерном портятся те же события; у n-го повтора оно больше на n',
                                    'The same seed spoils the same events; the n-th repeat has n more',
                                ),
                                error: wrong.seed,
                            })}
                        </fieldset>
                    )}
                    {count > 0 && (
                        <UnstyledButton
                            className="order-reset"
                            onClick={() =>
                                setOptions({ ...defaultOptions, pace: options.pace, between: options.between })
                            }
                        >
                            <IconRestore size={14} aria-hidden />
                            {t('Убрать все эти параметры', 'Take all these options back')}
                        </UnstyledButton>
                    )}
                </div>
            </Collapse>
        </div>
    );
}
