#include <fmt/ranges.h>

#include <algorithm>

#include "parts.hpp"

namespace trunkline::story {
namespace {

class Reasons {
public:
    Reasons(std::vector<Item>& items, const Records& records) : items_(items), records_(records) {}

    void tell() {
        tell_waiting();
        tell_dead();
        tell_events();
        if (records_.uuid.empty()) {
            return;
        }
        tell_telegram();
        tell_crm();
    }

private:
    void add(
        std::string what,
        std::string source,
        std::string code,
        std::string text,
        std::string text_en,
        std::string detail = "{}"
    ) {
        items_.push_back(
            {records_.now,
             std::move(what),
             std::move(source),
             std::move(code),
             std::move(text),
             std::move(text_en),
             std::move(detail)}
        );
    }
    void why(std::string source, std::string code, std::string text, std::string text_en) {
        add("reason", std::move(source), std::move(code), std::move(text), std::move(text_en));
    }

    void tell_waiting();
    void tell_dead();
    void tell_events();
    void tell_telegram();
    void tell_chats();
    void tell_card(const CardRecord& card);
    void tell_crm();
    void tell_enabled(const std::vector<std::string>& enabled);

    bool waits_in(std::string_view queue) const {
        return std::ranges::any_of(records_.waiting, [&](const Waiting& waiting) {
            return waiting.queue == queue;
        });
    }

    std::vector<Item>& items_;
    const Records& records_;
};

std::string sender_of(const std::string& queue) {
    return queue == "telegram" ? "telegram-notifier"
           : queue == "crm"    ? "integration-cache"
                               : "ingest";
}

void Reasons::tell_waiting() {
    for (const auto& waiting : records_.waiting) {
        const auto note = waiting.last_error.value_or("");
        add("waiting",
            sender_of(waiting.queue),
            waiting.queue + "_waiting",
            with_note(
                fmt::format(
                    "Ждёт отправки в {}: {}, попыток {}",
                    waiting.target,
                    waiting.kind,
                    waiting.attempts
                ),
                note
            ),
            with_note(
                fmt::format(
                    "Waits for {}: {}, {} attempts", waiting.target, waiting.kind, waiting.attempts
                ),
                note
            ),
            Detail()
                .add("queue", waiting.queue)
                .add("target", waiting.target)
                .add("kind", waiting.kind)
                .add("attempts", waiting.attempts)
                .add("created_at", waiting.created)
                .add("next_attempt_at", waiting.next_attempt)
                .add("last_error", waiting.last_error)
                .take());
    }
}

void Reasons::tell_dead() {
    for (const auto& letter : records_.dead) {
        Item item;
        item.at = letter.died;
        item.what = "dead";
        item.source = sender_of(letter.queue);
        item.code = letter.replayed ? "dead_letter_replayed" : "dead_letter";
        item.text = with_note(
            fmt::format(
                "{} для {} не доставлено после {} попыток{}",
                letter.kind,
                letter.target,
                letter.attempts,
                letter.replayed ? ", повторено вручную" : ""
            ),
            letter.reason
        );
        item.text_en = with_note(
            fmt::format(
                "{} for {} was given up after {} attempts{}",
                letter.kind,
                letter.target,
                letter.attempts,
                letter.replayed ? ", replayed since" : ""
            ),
            letter.reason
        );
        item.detail = Detail()
                          .add("id", letter.id)
                          .add("queue", letter.queue)
                          .add("target", letter.target)
                          .add("kind", letter.kind)
                          .add("attempts", letter.attempts)
                          .add("reason", letter.reason)
                          .add("replayed_at", letter.replayed)
                          .take();
        items_.push_back(std::move(item));
    }
}

void Reasons::tell_events() {
    for (const auto& event : records_.events) {
        if (event.waits) {
            add("waiting",
                "ingest",
                "event_waiting",
                fmt::format("Событие {} ждёт разбора", event.type),
                fmt::format("The event {} waits to be worked into a call", event.type),
                Detail().add("event_id", event.id).take());
        } else if (!event.has_call) {
            why("ingest",
                "event_without_call",
                fmt::format(
                    "Событие {} не относится ни к одному звонку: сохранено, никуда не отправлено",
                    event.type
                ),
                fmt::format(
                    "The event {} belongs to no call: it was stored and sent nowhere", event.type
                ));
        }
    }
}

void Reasons::tell_card(const CardRecord& card) {
    const auto detail = Detail()
                            .add("chat", card.chat)
                            .add("wanted", card.wanted)
                            .add("attempts", card.attempts)
                            .add("next_attempt_at", card.next_attempt)
                            .add("last_error", card.last_error)
                            .take();
    if (card.dead_reason) {
        add("dead",
            "telegram-notifier",
            "telegram_dead",
            with_note(
                fmt::format("Сообщение в чат {} больше не отправляется", card.chat),
                *card.dead_reason
            ),
            with_note(
                fmt::format("Nothing more is sent to the chat {}", card.chat), *card.dead_reason
            ),
            detail);
    } else if (!card.up_to_date) {
        add("waiting",
            "telegram-notifier",
            "telegram_behind",
            with_note(
                fmt::format("Сообщение в чате {} ещё не обновлено", card.chat),
                card.last_error.value_or("")
            ),
            with_note(
                fmt::format("The message in the chat {} is not up to date", card.chat),
                card.last_error.value_or("")
            ),
            detail);
    }
}

void Reasons::tell_chats() {
    for (const auto& subscriber : records_.subscribers) {
        const bool has_card =
            std::ranges::find(records_.cards, subscriber.chat, &CardRecord::chat) !=
            records_.cards.end();
        if (!subscriber.active) {
            why("telegram-notifier",
                "telegram_subscriber_inactive",
                with_note(
                    fmt::format("Чат {} больше не подписан", subscriber.chat),
                    subscriber.inactive_reason
                ),
                with_note(
                    fmt::format("The chat {} is not subscribed any more", subscriber.chat),
                    subscriber.inactive_reason
                ));
        } else if (!has_card && subscriber.in_digest) {
            const auto* told = subscriber.told ? "отправлена" : "ещё впереди";
            const auto* told_en = subscriber.told ? "was sent" : "is to come";
            why("telegram-notifier",
                "telegram_in_digest",
                fmt::format("Для чата {} звонок — строка сводки; она {}", subscriber.chat, told),
                fmt::format(
                    "For the chat {} the call is a line of a digest, which {}",
                    subscriber.chat,
                    told_en
                ));
        } else if (!has_card && !subscriber.wishes.empty()) {
            why("telegram-notifier",
                "telegram_not_chosen",
                fmt::format(
                    "В чат {} ничего не отправлено: он выбрал не все звонки ({})",
                    subscriber.chat,
                    subscriber.wishes
                ),
                fmt::format(
                    "Nothing was sent to the chat {}: it has chosen not to see all calls ({})",
                    subscriber.chat,
                    subscriber.wishes
                ));
        } else if (!has_card && !waits_in("telegram")) {
            why("telegram-notifier",
                "telegram_nothing_sent",
                fmt::format(
                    "В чат {} ничего не отправлено: во время звонка подписки не было, или звонку "
                    "нечего показать",
                    subscriber.chat
                ),
                fmt::format(
                    "Nothing was sent to the chat {}: it was not subscribed then, or the call had "
                    "nothing to show",
                    subscriber.chat
                ));
        }
    }
}

void Reasons::tell_telegram() {
    for (const auto& card : records_.cards) {
        tell_card(card);
    }
    if (records_.enterprise.bot_token.empty()) {
        why("ingest",
            "telegram_no_bot",
            "Telegram: у предприятия нет бота (bot_token пуст)",
            "Telegram: the enterprise has no bot (bot_token is empty)");
    } else if (records_.subscribers.empty()) {
        why("telegram-notifier",
            "telegram_no_subscribers",
            "Telegram: у бота предприятия нет подписчиков",
            "Telegram: nobody is subscribed to the enterprise's bot");
    } else {
        tell_chats();
    }
}

void Reasons::tell_enabled(const std::vector<std::string>& enabled) {
    // Connectors are named moysklad where the configuration says ms.
    const auto is_told = [&](const std::string& key) {
        const auto name = key == "ms" ? std::string("moysklad") : key;
        const auto tells = [&](const auto& row) { return row.crm == key || row.crm == name; };
        const auto waits = [&](const auto& row) { return row.target == name; };
        return std::ranges::any_of(records_.crm, tells) ||
               std::ranges::any_of(records_.effects, tells) ||
               std::ranges::any_of(records_.waiting, waits) ||
               std::ranges::any_of(records_.dead, waits);
    };
    for (const auto& key : enabled) {
        if (!is_told(key) && !waits_in("gateway")) {
            why("integration-cache",
                "crm_nothing_sent",
                fmt::format(
                    "{}: ничего не отправлено: включён после звонка, или звонку нечего записать",
                    key
                ),
                fmt::format(
                    "{}: nothing was sent: enabled after the call, or the call had nothing to "
                    "record",
                    key
                ));
        }
    }
}

void Reasons::tell_crm() {
    if (records_.internal) {
        why("ingest",
            "crm_internal_call",
            "CRM: внутренние звонки в CRM не передаются",
            "CRM: internal calls are not passed to CRMs");
        return;
    }
    if (records_.hidden_number) {
        why("ingest",
            "hidden_number",
            "Номер не определён: имя не ищется, клиент не заводится, CRM без номера звонок не "
            "принимает",
            "The number is hidden: no name is looked up, no customer kept, and a CRM takes no call "
            "without a number");
    }
    const auto enabled = records_.enterprise.enabled_integrations();
    if (enabled.empty()) {
        why("integration-cache",
            "crm_none_enabled",
            "CRM: у предприятия не включена ни одна CRM",
            "CRM: the enterprise has no CRM enabled");
        return;
    }
    for (const auto& key : tenants::integration_keys()) {
        const bool is_configured = records_.enterprise.integrations.root().find(key).has_value();
        if (is_configured && !records_.enterprise.is_enabled(key)) {
            why("integration-cache",
                "crm_disabled",
                fmt::format("{}: выключен в настройках предприятия", key),
                fmt::format("{}: disabled in the enterprise's configuration", key));
        }
    }
    tell_enabled(enabled);
}

}  // namespace

void add_reasons(std::vector<Item>& items, const Records& records) {
    Reasons(items, records).tell();
}

}  // namespace trunkline::story
