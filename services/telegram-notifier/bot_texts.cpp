#include "bot_texts.hpp"

namespace trunkline::telegram {
namespace {

constexpr BotTexts russian = {
    .welcome =
        "Вы подписаны на звонки предприятия <b>{}</b>.\n\n/settings — язык, какие звонки "
        "показывать, тихие часы\n/stop — отписаться",
    .welcome_group =
        "Этот чат подписан на звонки предприятия <b>{}</b>.\n\n/settings — язык, "
        "какие звонки показывать, тихие часы\n/stop — отписать чат",
    .already = "Вы уже подписаны на звонки предприятия <b>{}</b>. Настройки: /settings",
    .explain =
        "Этот бот показывает звонки предприятия. Чтобы подписаться, откройте ссылку-"
        "приглашение: её даёт администратор.",
    .wrong_code =
        "Приглашение не подходит: оно уже использовано, просрочено или неверно. "
        "Попросите администратора о новом.",
    .code_is_for_group = "Это приглашение — для группы. Добавьте бота в группу по ссылке.",
    .code_is_for_person = "Это приглашение — личное. Откройте ссылку в личном чате с ботом.",
    .welcome_back = "Звонки снова приходят сюда. Настройки: /settings",
    .left = "Вы отписаны, звонки сюда больше не приходят. Вернуться: /start",
    .not_subscribed = "Этот чат не подписан на звонки. Нужно приглашение администратора.",
    .later = "Сейчас не получается, попробуйте чуть позже.",
    .settings = "Настройки: <b>{}</b>",
    .language = "Русский",
    .calls_all = "Все звонки",
    .calls_missed = "Только пропущенные",
    .internal_on = "Внутренние: да",
    .internal_off = "Внутренние: нет",
    .extensions = "Добавочные: {}",
    .lines = "Линии: {}",
    .every = "все",
    .quiet_button = "Тихие часы: {}",
    .never = "нет",
    .pick_extensions = "Звонки каких добавочных показывать?",
    .pick_lines = "Звонки каких линий показывать?",
    .pick_quiet = "Тихие часы ({}): звонки не приходят, в конце — одна сводка.",
    .quiet_off = "Без тихих часов",
    .starts = "С",
    .ends = "До",
    .back = "« Назад",
    .close = "Закрыть",
    .saved = "Сохранено",
    .digest = "🌙 Пока было тихо. Звонков: {}, не отвечено: {}",
    .digest_more = "… и ещё звонков: {}",
    .recording = "🔉 Запись",
    .call_back = "📞 Перезвонить",
    .story = "🔍 Объяснить",
    .calling = "Звоню на {}",
    .cannot_call = "Перезвонить не получилось",
    .not_allowed = "Эта кнопка не для этого чата",
    .outdated = "Кнопка устарела",
};

constexpr BotTexts belarusian = {
    .welcome =
        "Вы падпісаны на званкі прадпрыемства <b>{}</b>.\n\n/settings — мова, якія званкі "
        "паказваць, ціхія гадзіны\n/stop — адпісацца",
    .welcome_group =
        "Гэты чат падпісаны на званкі прадпрыемства <b>{}</b>.\n\n/settings — мова, "
        "якія званкі паказваць, ціхія гадзіны\n/stop — адпісаць чат",
    .already = "Вы ўжо падпісаны на званкі прадпрыемства <b>{}</b>. Налады: /settings",
    .explain =
        "Гэты бот паказвае званкі прадпрыемства. Каб падпісацца, адкрыйце спасылку-"
        "запрашэнне: яе дае адміністратар.",
    .wrong_code =
        "Запрашэнне не падыходзіць: яно ўжо выкарыстана, пратэрмінавана або няправільнае. "
        "Папрасіце адміністратара пра новае.",
    .code_is_for_group = "Гэта запрашэнне — для групы. Дадайце бота ў групу па спасылцы.",
    .code_is_for_person =
        "Гэта запрашэнне — асабістае. Адкрыйце спасылку ў асабістым чаце з ботам.",
    .welcome_back = "Званкі зноў прыходзяць сюды. Налады: /settings",
    .left = "Вы адпісаны, званкі сюды больш не прыходзяць. Вярнуцца: /start",
    .not_subscribed = "Гэты чат не падпісаны на званкі. Патрэбна запрашэнне адміністратара.",
    .later = "Зараз не атрымліваецца, паспрабуйце крыху пазней.",
    .settings = "Налады: <b>{}</b>",
    .language = "Беларуская",
    .calls_all = "Усе званкі",
    .calls_missed = "Толькі прапушчаныя",
    .internal_on = "Унутраныя: так",
    .internal_off = "Унутраныя: не",
    .extensions = "Унутраныя нумары: {}",
    .lines = "Лініі: {}",
    .every = "усе",
    .quiet_button = "Ціхія гадзіны: {}",
    .never = "няма",
    .pick_extensions = "Званкі якіх унутраных нумароў паказваць?",
    .pick_lines = "Званкі якіх ліній паказваць?",
    .pick_quiet = "Ціхія гадзіны ({}): званкі не прыходзяць, у канцы — адна зводка.",
    .quiet_off = "Без ціхіх гадзін",
    .starts = "З",
    .ends = "Да",
    .back = "« Назад",
    .close = "Закрыць",
    .saved = "Захавана",
    .digest = "🌙 Пакуль было ціха. Званкоў: {}, без адказу: {}",
    .digest_more = "… і яшчэ званкоў: {}",
    .recording = "🔉 Запіс",
    .call_back = "📞 Перазваніць",
    .story = "🔍 Растлумачыць",
    .calling = "Тэлефаную на {}",
    .cannot_call = "Перазваніць не атрымалася",
    .not_allowed = "Гэта кнопка не для гэтага чата",
    .outdated = "Кнопка састарэла",
};

constexpr BotTexts english = {
    .welcome =
        "You now see the calls of <b>{}</b>.\n\n/settings — language, which calls, quiet "
        "hours\n/stop — leave",
    .welcome_group =
        "This chat now sees the calls of <b>{}</b>.\n\n/settings — language, which "
        "calls, quiet hours\n/stop — take the chat off",
    .already = "You see the calls of <b>{}</b> already. Settings: /settings",
    .explain =
        "This bot shows a company's calls. To join, open an invitation link: the "
        "administrator has them.",
    .wrong_code =
        "The invitation does not fit: it was used before, has expired or is wrong. Ask "
        "the administrator for a new one.",
    .code_is_for_group = "This invitation is for a group. Add the bot to the group by the link.",
    .code_is_for_person = "This invitation is for a person. Open the link in a private chat.",
    .welcome_back = "Calls come here again. Settings: /settings",
    .left = "You have left, no more calls come here. To return: /start",
    .not_subscribed = "This chat sees no calls. It needs the administrator's invitation.",
    .later = "That does not work just now, please try a little later.",
    .settings = "Settings: <b>{}</b>",
    .language = "English",
    .calls_all = "All calls",
    .calls_missed = "Missed only",
    .internal_on = "Internal: yes",
    .internal_off = "Internal: no",
    .extensions = "Extensions: {}",
    .lines = "Lines: {}",
    .every = "all",
    .quiet_button = "Quiet hours: {}",
    .never = "none",
    .pick_extensions = "Calls of which extensions?",
    .pick_lines = "Calls over which lines?",
    .pick_quiet = "Quiet hours ({}): no calls come, and one digest at the end.",
    .quiet_off = "No quiet hours",
    .starts = "From",
    .ends = "To",
    .back = "« Back",
    .close = "Close",
    .saved = "Saved",
    .digest = "🌙 While it was quiet. Calls: {}, not answered: {}",
    .digest_more = "… and more calls: {}",
    .recording = "🔉 Recording",
    .call_back = "📞 Call back",
    .story = "🔍 Explain",
    .calling = "Ringing {}",
    .cannot_call = "The call could not be placed",
    .not_allowed = "This button is not for this chat",
    .outdated = "This button is out of date",
};

}  // namespace

const BotTexts& bot_texts(call::Language language) {
    switch (language) {
        case call::Language::be:
            return belarusian;
        case call::Language::en:
            return english;
        case call::Language::ru:
            break;
    }
    return russian;
}

}  // namespace trunkline::telegram
