#include "story/story.hpp"

#include <algorithm>

#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using story::Records;

namespace {

json::View member(json::View of, std::string_view name) {
    const auto found = of.find(name);
    if (!found) {
        FAIL("there is no " << name);
    }
    return *found;
}

std::string text(json::View of, std::string_view name) {
    return std::string(member(of, name).string().value_or(""));
}

const auto noon = *base::parse_iso8601("2026-01-15T12:00:00Z");

story::EventRecord event_of(
    const std::string& type, const std::string& raw, std::chrono::seconds after
) {
    story::EventRecord event;
    event.id = "01890a5d-ac96-774b-bcce-b302099a8057";
    event.type = type;
    event.unique_id = "1.1";
    event.received = noon + after;
    event.raw = raw;
    event.has_call = true;
    return event;
}

/// A missed inbound call to an enterprise with bot, chat and RetailCRM.
Records missed_call() {
    Records records;
    records.enterprise.number = "0367";
    records.enterprise.timezone = "Europe/Minsk";
    records.enterprise.bot_token = "***";
    records.enterprise.integrations = *json::parse(R"({"retailcrm":{"enabled":true}})");
    records.uuid = "01890a5d-ac96-774b-bcce-b302099a8058";
    records.unique_id = "1.1";
    records.call_json = R"({"uuid":"01890a5d-ac96-774b-bcce-b302099a8058"})";
    records.subscribers = {{100, true, ""}};
    records.events = {
        event_of(
            "start",
            R"({"UniqueId":"1.1","Phone":"375296254070","CallType":0,"Trunk":"0001363"})",
            0s
        ),
        event_of(
            "dial",
            R"({"UniqueId":"1.1","Phone":"375296254070","Extensions":["150"],"CallType":0})",
            1s
        ),
        event_of(
            "hangup",
            R"({"UniqueId":"1.1","CallStatus":"0","Phone":"375296254070","Extensions":[""],"CallType":0})",
            20s
        ),
    };
    records.now = noon + 1h;
    return records;
}

void deliver(Records& records) {
    story::CardRecord card;
    card.chat = 100;
    card.up_to_date = true;
    records.cards.push_back(card);
    story::TelegramRequest request;
    request.at = noon + 1s;
    request.chat = 100;
    request.method = "sendMessage";
    request.text = "📞 Звонок";
    request.status = 200;
    request.attempt = 1;
    records.telegram.push_back(request);
    story::CrmRecord record;
    record.at = noon + 21s;
    record.crm = "retailcrm";
    record.event_type = "hangup";
    record.request = "call={}";
    record.status = "done";
    record.http_status = 200;
    records.crm.push_back(record);
    records.dispatches.push_back({noon + 20s + 5ms, "hangup"});
}

std::vector<std::string> codes(const Records& records) {
    std::vector<std::string> out;
    for (const auto& item : story::tell(records, {}).items) {
        out.push_back(item.code);
    }
    return out;
}

bool tells(const Records& records, const std::string& code) {
    const auto all = codes(records);
    return std::ranges::find(all, code) != all.end();
}

}  // namespace

TEST_CASE("a call is told in time order, causes before effects", "[story]") {
    auto records = missed_call();
    deliver(records);
    CHECK(
        codes(records) ==
        std::vector<std::string>{
            "event_received",
            "call_started",
            "event_received",
            "call_dialing",
            "telegram_sent",
            "event_received",
            "call_missed",
            "dispatch_accepted",
            "crm_done",
        }
    );
}

TEST_CASE("the story is valid JSON with both languages on every item", "[story]") {
    auto records = missed_call();
    deliver(records);
    const auto document =
        json::parse(story::to_json(story::tell(records, {})), {.max_bytes = 1 << 20});
    REQUIRE(document);
    const auto root = document->root();
    CHECK_FALSE(text(member(root, "call"), "uuid").empty());
    const auto items = member(root, "items");
    REQUIRE(items.size() == 9);
    for (const auto item : items.elements()) {
        for (const auto* name : {"at", "what", "source", "code", "text", "text_en"}) {
            CHECK_FALSE(text(item, name).empty());
        }
        CHECK(member(item, "detail").is_object());
    }
    CHECK(text(member(member(items[0], "detail"), "raw"), "Phone") == "375296254070");
}

TEST_CASE("an enterprise without a bot, chats or CRMs is told why nothing was sent", "[story]") {
    auto records = missed_call();
    records.enterprise.bot_token = "";
    records.enterprise.integrations = *json::parse(R"({"uon":{"enabled":false}})");
    CHECK(tells(records, "telegram_no_bot"));
    CHECK(tells(records, "crm_none_enabled"));

    records.enterprise.bot_token = "***";
    records.subscribers.clear();
    CHECK(tells(records, "telegram_no_subscribers"));
    records.subscribers = {{100, false, "bot was blocked by the user"}};
    CHECK(tells(records, "telegram_subscriber_inactive"));
    records.subscribers = {{100, true, ""}};
    CHECK(tells(records, "telegram_nothing_sent"));
    records.subscribers.front().wishes = "missed, lines 0001363";
    CHECK(tells(records, "telegram_not_chosen"));
    CHECK_FALSE(tells(records, "telegram_nothing_sent"));
    records.subscribers.front().in_digest = true;
    CHECK(tells(records, "telegram_in_digest"));
    CHECK(tells(missed_call(), "crm_nothing_sent"));
}

TEST_CASE("an internal call and a hidden number say why no CRM has them", "[story]") {
    auto records = missed_call();
    records.internal = true;
    CHECK(tells(records, "crm_internal_call"));
    CHECK_FALSE(tells(records, "crm_nothing_sent"));
    records.internal = false;
    records.hidden_number = true;
    CHECK(tells(records, "hidden_number"));
}

TEST_CASE("what 8020 skipped, what waits and what died keep their reasons", "[story]") {
    auto records = missed_call();
    story::CrmRecord skipped;
    skipped.at = noon + 20s;
    skipped.crm = "retailcrm";
    skipped.event_type = "bridge";
    skipped.response = "takes no bridge";
    skipped.status = "ignored";
    records.crm.push_back(skipped);
    story::Waiting waiting;
    waiting.queue = "crm";
    waiting.target = "uon";
    waiting.kind = "hangup";
    waiting.attempts = 3;
    waiting.last_error = "unavailable: connection refused";
    records.waiting.push_back(waiting);
    story::DeadLetter letter;
    letter.queue = "crm";
    letter.target = "retailcrm";
    letter.kind = "hangup";
    letter.reason = "wrong apiKey";
    letter.died = noon + 30s;
    records.dead.push_back(letter);
    const auto told = story::to_text(story::tell(records, {}), "Europe/Minsk");
    CHECK_THAT(told, ContainsSubstring("retailcrm: bridge не отправлено: takes no bridge"));
    CHECK_THAT(told, ContainsSubstring("unavailable: connection refused"));
    CHECK_THAT(told, ContainsSubstring("wrong apiKey"));
    CHECK_THAT(told, ContainsSubstring("crm_waiting"));
    CHECK_THAT(told, ContainsSubstring("dead_letter"));
    CHECK_THAT(told, ContainsSubstring("2026-01-15 15:00:20.000"));
}

TEST_CASE("events without a call and events that wait are told as such", "[story]") {
    Records records = missed_call();
    records.uuid.clear();
    records.call_json.clear();
    records.events.resize(1);
    records.events[0].type = "new_callerid";
    records.events[0].has_call = false;
    CHECK(codes(records) == std::vector<std::string>{"event_received", "event_without_call"});
    records.events[0].waits = true;
    CHECK(codes(records) == std::vector<std::string>{"event_received", "event_waiting"});
    CHECK(story::tell(records, {}).call_json == "null");
}

TEST_CASE("a call that no hangup ended is told as ended by a time-out", "[story]") {
    auto records = missed_call();
    records.events.pop_back();
    records.now = noon + 5h;
    CHECK(tells(records, "call_ended_assumed"));
}

TEST_CASE("no secret leaves in a story", "[story]") {
    auto records = missed_call();
    deliver(records);
    const std::string token = "123456789:AAHk3fYd0cZ1qvQw9mTn5rXb7uLp2eSgK4o";
    const std::string key = "Zx81secretvalue77";
    records.telegram[0].status = 404;
    records.telegram[0].answer = "https://api.telegram.org/bot" + token + "/sendMessage not found";
    records.crm[0].request = R"({"apiKey":")" + key + R"(","api_key":")" + key + "\"}";
    records.crm[0].response = "api_key=" + key;
    records.cards[0].last_error = "bot" + token;
    records.cards[0].up_to_date = false;
    records.events[0].raw = R"({"UniqueId":"1.1","password":")" + key + "\"}";
    const auto told = story::tell(records, {});
    for (const auto& text : {story::to_json(told), story::to_text(told, "Europe/Minsk")}) {
        CHECK(text.find(token) == std::string::npos);
        CHECK(text.find(key) == std::string::npos);
    }
}
