#include "story/story.hpp"

#include <map>
#include <utility>

#include "json/document.hpp"
#include "parts.hpp"

namespace trunkline::story {
namespace {

/// A body may hold what looks like a secret; what is masked must stay JSON.
std::string shown_body(const std::string& raw) {
    auto masked = base::redact(raw);
    return json::parse(masked, {.max_bytes = std::size_t{1} << 20, .max_depth = 64})
               ? masked
               : json::quote(masked);
}

Item item_of(const EventRecord& event) {
    Item item;
    item.at = event.received;
    item.what = "event";
    item.source = event.pbx.empty() ? "exchange" : "exchange " + event.pbx;
    item.code = event.recovered ? "event_recovered" : "event_received";
    // bridge_create and bridge_destroy have none.
    const auto name = event.unique_id.empty() ? event.type : event.type + " " + event.unique_id;
    item.text = fmt::format("Событие {} {}", name, event.recovered ? "восстановлено" : "принято");
    item.text_en = fmt::format("Event {} {}", name, event.recovered ? "recovered" : "received");
    item.detail = Detail()
                      .add("event_id", event.id)
                      .add("event_type", event.type)
                      .add("unique_id", event.unique_id)
                      .add("event_time", event.event_time)
                      .add("data_source", event.recovered ? "recovery" : "live")
                      .add("pbx", event.pbx)
                      .add("seq", event.seq)
                      .add("trace_id", event.trace_id)
                      .flag("telegram_sent", event.telegram_sent)
                      .raw("raw", shown_body(event.raw))
                      .take();
    return item;
}

std::string answer_of(const std::optional<std::int64_t>& status) {
    return status ? std::to_string(*status) : "-";
}

Item item_of(const TelegramRequest& request, std::int64_t bot) {
    Item item;
    item.at = request.at;
    item.what = "telegram";
    item.source = "telegram-notifier";
    const bool done = request.status == 200;
    item.code = !request.status                   ? "telegram_no_answer"
                : !done                           ? "telegram_failed"
                : request.method == "sendMessage" ? "telegram_sent"
                                                  : "telegram_edited";
    const auto tail = fmt::format(
        "{} → {}, {} ms: {}",
        request.method,
        answer_of(request.status),
        request.took_ms,
        base::redact(done ? request.text : request.answer)
    );
    item.text =
        fmt::format("Telegram, чат {}, попытка {}: {}", request.chat, request.attempt, tail);
    item.text_en =
        fmt::format("Telegram, chat {}, attempt {}: {}", request.chat, request.attempt, tail);
    item.detail = Detail()
                      .add("bot", bot)
                      .add("chat", request.chat)
                      .add("message", request.message)
                      .add("method", request.method)
                      .add("text", request.text)
                      .add("status", request.status)
                      .add("answer", request.answer)
                      .add("attempt", request.attempt)
                      .add("duration_ms", request.took_ms)
                      .take();
    return item;
}

Item item_of(const CrmRecord& record) {
    Item item;
    item.at = record.at;
    item.what = "crm";
    // What 8020 decided not to send has a reason and no request.
    const bool skipped = record.request.empty() && record.status == "ignored";
    // A step that 8020 asked of the connector; what the connector then sent to the CRM has rows of
    // its own.
    const bool step = record.request.starts_with("POST /internal/");
    item.source = skipped || step ? "integration-cache" : record.crm;
    item.code = skipped ? "crm_skipped" : (step ? "crm_step_" : "crm_") + record.status;
    const auto* connector = step ? "коннектор " : "";
    const auto* connector_en = step ? "connector " : "";
    const auto response = base::redact(record.response);
    item.text =
        skipped ? fmt::format("{}: {} не отправлено: {}", record.crm, record.event_type, response)
                : fmt::format(
                      "{}{}: {} → {} ({}), {} мс: {}",
                      connector,
                      record.crm,
                      record.event_type,
                      record.status,
                      answer_of(record.http_status),
                      record.took_ms,
                      response
                  );
    item.text_en =
        skipped ? fmt::format("{}: {} was not sent: {}", record.crm, record.event_type, response)
                : fmt::format(
                      "{}{}: {} → {} ({}), {} ms: {}",
                      connector_en,
                      record.crm,
                      record.event_type,
                      record.status,
                      answer_of(record.http_status),
                      record.took_ms,
                      response
                  );
    item.detail = Detail()
                      .add("crm", record.crm)
                      .add("event_type", record.event_type)
                      .add("request", record.request)
                      .add("response", record.response)
                      .add("status", record.status)
                      .add("http_status", record.http_status)
                      .add("attempt", record.attempt)
                      .add("duration_ms", record.took_ms)
                      .take();
    return item;
}

Item item_of(const AcceptedDispatch& dispatch) {
    Item item;
    item.at = dispatch.at;
    item.what = "dispatch";
    item.source = "integration-cache";
    item.code = "dispatch_accepted";
    item.text = "8020 принял для CRM: " + dispatch.key;
    item.text_en = "8020 accepted for the CRMs: " + dispatch.key;
    item.detail = Detail().add("key", dispatch.key).take();
    return item;
}

Item item_of(const CrmEffect& effect) {
    Item item;
    item.at = effect.at;
    item.what = "crm";
    item.source = effect.crm;
    item.code = effect.done ? "crm_effect_done" : "crm_effect_open";
    item.text = effect.crm +
                (effect.done ? ": записано один раз, " : ": начато, исход неизвестен, ") +
                effect.key;
    item.text_en = effect.crm + (effect.done ? ": recorded once, " : ": begun, outcome unknown, ") +
                   effect.key;
    item.detail = Detail().add("key", effect.key).flag("done", effect.done).take();
    return item;
}

Item item_of(const Refusal& refusal) {
    Item item;
    item.at = refusal.at;
    item.what = "refused";
    item.source = "ingest";
    item.code = "event_refused";
    item.text = with_note(
        fmt::format("Событие {} отвергнуто с {}", refusal.event_type, refusal.status),
        refusal.reason
    );
    item.text_en = with_note(
        fmt::format("The event {} was refused with {}", refusal.event_type, refusal.status),
        refusal.reason
    );
    item.detail = Detail().add("status", refusal.status).add("reason", refusal.reason).take();
    return item;
}

/// A live call in the form of a calls row, as far as it is known.
std::string live_json(const Records& records, const call::Call& call) {
    return Detail()
        .add("uuid", records.uuid)
        .add("unique_id", call.unique_id)
        .add("enterprise_number", records.enterprise.number)
        .add("pbx", call.pbx)
        .add("phone", call.phone)
        .add("line", call.line)
        .add("direction", call::to_string(call.direction))
        .add("phase", call::to_string(call.phase))
        .add("extensions", call.rang)
        .add("talkers", call.talkers)
        .add("date_received", call.started_at)
        .add("date_answered", call.answered_at)
        .add("date_end", call.ended_at)
        .add("duration", call.talk_s)
        .add("wait", call.wait_s)
        .take();
}

std::string call_json(const Records& records) {
    if (!records.call_json.empty()) {
        return records.call_json;
    }
    if (records.live) {
        return live_json(records, records.live->call);
    }
    if (records.uuid.empty()) {
        return "null";
    }
    return Detail()
        .add("uuid", records.uuid)
        .add("unique_id", records.unique_id)
        .add("enterprise_number", records.enterprise.number)
        .take();
}

template <class Rows>
void add_all(std::vector<Item>& items, const Rows& rows) {
    for (const auto& row : rows) {
        items.push_back(item_of(row));
    }
}

/// Keeps the order of what happened at one moment. (libstdc++ 12's stable_sort uses what it calls
/// deprecated itself.)
void sort_by_time(std::vector<Item>& items) {
    std::multimap<base::WallTime, Item> sorted;
    for (auto& item : items) {
        const auto at = item.at;
        sorted.emplace(at, std::move(item));
    }
    items.clear();
    for (auto& [at, item] : sorted) {
        items.push_back(std::move(item));
    }
}

}  // namespace

Story tell(const Records& records, const StorySettings& settings) {
    Story story;
    story.call_json = call_json(records);
    story.truncated = records.truncated;
    // At one moment causes stand before effects: the order here is the order there.
    add_all(story.items, records.refusals);
    add_all(story.items, records.events);
    add_changes(story.items, records, settings);
    add_all(story.items, records.dispatches);
    for (const auto& request : records.telegram) {
        story.items.push_back(item_of(request, records.bot));
    }
    add_all(story.items, records.crm);
    add_all(story.items, records.effects);
    add_reasons(story.items, records);
    sort_by_time(story.items);
    return story;
}

}  // namespace trunkline::story
