import {
    ActionIcon,
    Kbd,
    MantineProvider,
    Modal,
    SegmentedControl,
    Tooltip,
    localStorageColorSchemeManager,
    useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDeviceDesktop, IconKeyboard, IconMoon, IconPhoneRinging, IconSun } from '@tabler/icons-react';
import { setNonce } from 'get-nonce';
import { type ReactNode, useState } from 'react';
import { type Bilingual, DocumentLanguage, useLanguage, useT, useText } from './i18n';
import { useKeys } from './keys';
import { nonce } from './nonce';
import { theme } from './theme';
import { TokenDialog } from './TokenDialog';

export interface Shortcut {
    keys: string[];
    what: Bilingual;
}

// For the style that holds the page still behind a dialog (react-remove-scroll).
setNonce(nonce());

const schemes = localStorageColorSchemeManager({ key: 'trunkline.colours' });

function ColourSwitch() {
    const t = useT();
    const { colorScheme, setColorScheme } = useMantineColorScheme();
    const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
    const names = {
        auto: t('Цвета: как в системе', "Colours: the system's"),
        light: t('Цвета: светлые', 'Colours: light'),
        dark: t('Цвета: тёмные', 'Colours: dark'),
    };
    const Sign = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon }[colorScheme];
    return (
        <Tooltip label={names[colorScheme]}>
            <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={names[colorScheme]}
                onClick={() => setColorScheme(next[colorScheme])}
                data-testid="colours"
            >
                <Sign size={18} stroke={1.6} />
            </ActionIcon>
        </Tooltip>
    );
}

function ShortcutList({ shortcuts, opened, close }: { shortcuts: Shortcut[]; opened: boolean; close: () => void }) {
    const t = useT();
    const text = useText();
    return (
        <Modal
            opened={opened}
            onClose={close}
            title={t('Клавиши', 'Keyboard')}
            size="sm"
            closeButtonProps={{ 'aria-label': t('Закрыть', 'Close') }}
        >
            <ul className="shortcuts">
                {shortcuts.map((shortcut) => (
                    <li key={shortcut.keys.join()} className="row">
                        <span className="grow">{text(shortcut.what)}</span>
                        {shortcut.keys.map((key) => (
                            <Kbd key={key}>{key}</Kbd>
                        ))}
                    </li>
                ))}
            </ul>
        </Modal>
    );
}

function Bar({
    title,
    status,
    shortcuts,
    children,
}: {
    title: Bilingual;
    status?: ReactNode;
    shortcuts: Shortcut[];
    children: ReactNode;
}) {
    const t = useT();
    const text = useText();
    const [language, setLanguage] = useLanguage();
    const [opened, { open, close }] = useDisclosure(false);
    const all: Shortcut[] = [
        ...shortcuts,
        { keys: ['?'], what: { ru: 'Этот список', en: 'This list' } },
        { keys: ['Esc'], what: { ru: 'Закрыть окно', en: 'Close a dialog' } },
    ];
    useKeys({ '?': open });
    return (
        <>
            <a
                className="frame-skip"
                href="#main"
                onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}
            >
                {t('К содержанию', 'Skip to the content')}
            </a>
            <header className="frame-header">
                <span className="frame-mark" aria-hidden>
                    <IconPhoneRinging size={16} stroke={2} />
                </span>
                <h1 className="frame-title clip">
                    {text(title)} <span className="frame-product">Trunkline</span>
                </h1>
                <div className="grow" />
                {status}
                <SegmentedControl
                    size="xs"
                    aria-label={t('Язык', 'Language')}
                    value={language}
                    onChange={(value) => setLanguage(value as 'ru' | 'en')}
                    data={[
                        { label: 'RU', value: 'ru' },
                        { label: 'EN', value: 'en' },
                    ]}
                />
                <ColourSwitch />
                <Tooltip label={t('Клавиши (?)', 'Keyboard (?)')}>
                    <ActionIcon
                        variant="subtle"
                        color="gray"
                        onClick={open}
                        aria-label={t('Клавиши', 'Keyboard')}
                        className="frame-keys"
                    >
                        <IconKeyboard size={18} stroke={1.6} />
                    </ActionIcon>
                </Tooltip>
            </header>
            {children}
            <ShortcutList shortcuts={all} opened={opened} close={close} />
            <TokenDialog />
        </>
    );
}

/** What both pages stand in: colours, language, shortcuts, the question for a token. */
export function Frame(props: { title: Bilingual; status?: ReactNode; shortcuts: Shortcut[]; children: ReactNode }) {
    const [manager] = useState(schemes);
    return (
        <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={manager} getStyleNonce={nonce}>
            <DocumentLanguage title={props.title}>
                <Bar {...props} />
            </DocumentLanguage>
        </MantineProvider>
    );
}
