// What Telegram answers, and what the notifier makes of it (contracts/telegram.md section 7).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"

using namespace trunkline;

namespace {

using List = std::vector<std::string>;

struct Message {
    std::int64_t id = 0;
    List texts;
    bool is_deleted = false;
    std::int64_t reply_to = 0;
};

std::vector<Message> messages_of(const e2e::Suite& suite, std::int64_t chat_id) {
    const auto document = e2e::http("GET", suite.url("sandbox") + "/sandbox/chats").json();
    std::vector<Message> out;
    for (const auto chat : document.root().find("chats")->elements()) {
        if (chat.find("chat_id")->integer() != chat_id) {
            continue;
        }
        for (const auto each : chat.find("messages")->elements()) {
            Message message;
            message.id = *each.find("message_id")->integer();
            message.is_deleted = *each.find("deleted")->boolean();
            message.reply_to = each.find("reply_to")->integer().value_or(0);
            for (const auto version : each.find("history")->elements()) {
                message.texts.emplace_back(*version.find("text")->string());
            }
            out.push_back(std::move(message));
        }
    }
    return out;
}

/// An enterprise whose calls meet one kind of answer.
struct Case {
    std::string name;
    List at_ring = {};     ///< Faults before the call rings, without api and chat.
    List at_end = {};      ///< Before it ends.
    std::size_t left = 1;  ///< Messages that the chat has in the end.
    std::size_t deleted = 0;
    std::string last = "❌ Не отвечен";
    bool is_active = true;
    std::string reason = {};  ///< Part of the subscriber's, or of the dead letter's.
    int possible_doubles = 0;
    std::function<void(const e2e::Suite&, std::int64_t chat)> meanwhile = {};
    std::int64_t moves_to = 0;
    bool is_group = false;
};

std::string refusal(
    int status,
    const std::string& description,
    const std::string& match = "",
    const std::string& more = ""
) {
    return fmt::format(
        R"("kind":"status","status":{0},"match":"{2}","body":"{{\"ok\":false,\"error_code\":{0},\"description\":\"{1}\"{3}}}")",
        status,
        description,
        match,
        more
    );
}

constexpr auto secret = ":AAbbCCddEEffGGhhIIjjKKllMMnnOOpp";

class Cases {
public:
    explicit Cases(std::vector<Case> cases) : cases_(std::move(cases)) {
        for (std::size_t i = 0; i < cases_.size(); ++i) {
            suite_.sql(fmt::format(
                "INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('{0}', 'case "
                "{0}', '{1}', '{2}{3}'); INSERT INTO telegram_users (tg_id, bot_token, "
                "enterprise_number) VALUES ({4}, '{2}{3}', '{0}')",
                number(i),
                token(i),
                800'000 + i,
                secret,
                chat(i)
            ));
        }
        suite_.start("sandbox");
        suite_.start("integration-cache");
        suite_.start(
            "telegram-notifier", {{"NAME_BUDGET_MS", "1"}, {"TELEGRAM_TIMEOUT_MS", "1000"}}
        );
        suite_.start("ingest");
        e2e::http("POST", suite_.url("sandbox") + "/sandbox/limits", R"({"enforce":true})");
    }

    e2e::Suite& suite() { return suite_; }
    std::string number(std::size_t i) const { return std::to_string(9500 + i); }
    std::int64_t chat(std::size_t i) const {
        const auto id = static_cast<std::int64_t>(6000 + i);
        return cases_[i].is_group ? -id : id;
    }

    void ring(std::size_t i) {
        order(i, cases_[i].at_ring);
        post(i, "dial", R"("Extensions":["151"],"CallType":0)");
    }
    void end(std::size_t i) {
        if (cases_[i].meanwhile) {
            cases_[i].meanwhile(suite_, chat(i));
        }
        order(i, cases_[i].at_end);
        post(i, "hangup", R"("Extensions":[""],"CallType":0,"CallStatus":"0")");
    }
    std::string sql(std::size_t i, const std::string& what, const std::string& table) const {
        return suite_.sql(
            "SELECT " + what + " FROM " + table + " WHERE enterprise_number = '" + number(i) + "'"
        );
    }
    void check(std::size_t i) const;

private:
    static std::string token(std::size_t i) { return std::to_string(375'330'000'000 + i); }
    void order(std::size_t i, const List& faults) const {
        for (const auto& fault : faults) {
            suite_.fault(fmt::format(R"({{"api":"telegram","chat":"{}",{}}})", chat(i), fault));
        }
    }
    void post(std::size_t i, const std::string& event, const std::string& members) const {
        suite_.send(
            event,
            fmt::format(
                R"({{"Token":"{}","UniqueId":"7.{}","Phone":"375291112233","Trunk":"0001363",{}}})",
                token(i),
                i,
                members
            )
        );
    }

    std::vector<Case> cases_;
    e2e::Suite suite_;
};

void Cases::check(std::size_t i) const {
    const auto& each = cases_[i];
    INFO(each.name);
    const auto messages = messages_of(suite_, each.moves_to == 0 ? chat(i) : each.moves_to);
    const auto deleted =
        static_cast<std::size_t>(std::ranges::count_if(messages, &Message::is_deleted));
    CHECK(messages.size() - deleted == each.left);
    CHECK(deleted == each.deleted);
    if (each.left > 0 && !messages.empty()) {
        INFO(messages.back().texts.back());
        CHECK(messages.back().texts.back().starts_with(each.last));
    }
    CHECK(sql(i, "active", "telegram_users") == (each.is_active ? "t" : "f"));
    CHECK(
        sql(i, "coalesce(sum(possible_doubles), 0)", "telegram_messages") ==
        std::to_string(each.possible_doubles)
    );
    if (!each.reason.empty()) {
        const auto said = sql(i, "inactive_reason", "telegram_users") + " " +
                          sql(i, "string_agg(coalesce(dead_reason, ''), ' ')", "telegram_messages");
        CHECK_THAT(said, ContainsSubstring(each.reason));
    }
}

std::vector<Case> error_table() {
    const std::string not_found = "Bad Request: chat not found";
    std::vector<Case> cases;
    cases.push_back(
        {.name = "500 before anything was done",
         .at_ring = {R"("kind":"status","status":500)"},
         .possible_doubles = 1}
    );
    cases.push_back(
        {.name = "500 after it was done",
         .at_ring = {R"("kind":"status","status":502,"done":true)"},
         .left = 2,
         .possible_doubles = 1}
    );
    cases.push_back({.name = "no JSON", .at_end = {R"("kind":"garbage")"}});
    cases.push_back({.name = "never an answer to an edit", .at_end = {R"("kind":"never")"}});
    cases.push_back(
        {.name = "429 is waited for", .at_end = {R"("kind":"status","status":429,"retry_after":2)"}}
    );
    cases.push_back({.name = "409", .at_end = {refusal(409, "Conflict: terminated")}});
    cases.push_back(
        {.name = "blocked",
         .at_ring = {refusal(403, "Forbidden: bot was blocked by the user")},
         .left = 0,
         .is_active = false,
         .reason = "blocked"}
    );
    cases.push_back(
        {.name = "deactivated",
         .at_end = {refusal(403, "Forbidden: user is deactivated")},
         .last = "📞 Дозвон",
         .is_active = false,
         .reason = "deactivated"}
    );
    cases.push_back(
        {.name = "never pressed Start",
         .at_ring = {refusal(403, "Forbidden: bot can't initiate conversation with a user")},
         .left = 0,
         .is_active = false,
         .reason = "waiting for Start"}
    );
    cases.push_back({.name = "not found once", .at_ring = {refusal(400, not_found)}});
    cases.push_back(
        {.name = "not found twice",
         .at_ring = {refusal(400, not_found) + R"(,"times":2)"},
         .left = 0,
         .is_active = false,
         .reason = "chat not found"}
    );
    cases.push_back(
        {.name = "kicked",
         .at_end = {refusal(403, "Forbidden: bot was kicked from the group chat")},
         .last = "📞 Дозвон",
         .is_active = false,
         .reason = "kicked",
         .is_group = true}
    );
    cases.push_back(
        {.name = "a group that moved",
         .at_end = {refusal(
             400,
             "Bad Request: group chat was upgraded to a supergroup chat",
             "edit",
             R"(,\"parameters\":{\"migrate_to_chat_id\":-1009000000001})"
         )},
         .moves_to = -1009000000001,
         .is_group = true}
    );
    cases.push_back(
        {.name = "no right to send",
         .at_ring = {refusal(400, "Bad Request: not enough rights to send text messages")},
         .left = 0,
         .is_active = false,
         .reason = "not enough rights",
         .is_group = true}
    );
    cases.push_back(
        {.name = "not modified",
         .at_end = {refusal(400, "Bad Request: message is not modified: x")},
         .last = "📞 Дозвон"}
    );
    cases.push_back(
        {.name = "the user deleted the message",
         .deleted = 1,
         .meanwhile =
             [](const e2e::Suite& suite, std::int64_t chat) {
                 const auto bot = suite.sql(
                     fmt::format("SELECT bot_token FROM telegram_users WHERE tg_id = {}", chat)
                 );
                 e2e::http(
                     "POST",
                     suite.url("sandbox") + "/bot" + bot + "/deleteMessage",
                     fmt::format(R"({{"chat_id":{},"message_id":1}})", chat)
                 );
             }}
    );
    cases.push_back(
        {.name = "a message that cannot be edited",
         .at_end = {refusal(400, "Bad Request: message can't be edited", "edit")},
         .deleted = 1}
    );
    cases.push_back(
        {.name = "a message without text",
         .at_end = {refusal(
             400, "Bad Request: there is no text in the message to edit", "editMessageText"
         )},
         .deleted = 1}
    );
    cases.push_back(
        {.name = "the replaced message is too old to be deleted",
         .at_end =
             {refusal(400, "Bad Request: message can't be edited", "edit"),
              refusal(400, "Bad Request: message can't be deleted for everyone", "delete")},
         .left = 2}
    );
    cases.push_back(
        {.name = "HTML refused", .at_ring = {refusal(400, "Bad Request: can't parse entities: x")}}
    );
    cases.push_back(
        {.name = "HTML refused, plain text too",
         .at_ring = {refusal(400, "Bad Request: can't parse entities: x") + R"(,"times":2)"},
         .left = 0,
         .reason = "can't parse entities"}
    );
    cases.push_back(
        {.name = "too long", .at_end = {refusal(400, "Bad Request: message is too long")}}
    );
    cases.push_back(
        {.name = "a bad button", .at_end = {refusal(400, "Bad Request: BUTTON_URL_INVALID")}}
    );
    cases.push_back(
        {.name = "the message to reply to is gone",
         .at_ring = {refusal(400, "Bad Request: message to be replied not found")}}
    );
    cases.push_back(
        {.name = "something new",
         .at_end = {refusal(400, "Bad Request: something new")},
         .last = "📞 Дозвон",
         .reason = "something new"}
    );
    return cases;
}

void start_demo(e2e::Suite& suite, const e2e::Suite::Environment& more) {
    for (const auto* service : {"sandbox", "retailcrm", "integration-cache"}) {
        suite.start(service);
    }
    suite.start("telegram-notifier", more);
    suite.start("ingest");
}

void play(
    const e2e::Suite& suite, const std::string& unique_id, std::size_t first, std::size_t last
) {
    const auto events = e2e::inbound_answered(unique_id);
    for (std::size_t i = first; i < std::min(last, events.size()); ++i) {
        suite.send(events[i].name, events[i].body);
    }
}

constexpr std::int64_t demo_chat = 100367;

}  // namespace

TEST_CASE("every answer of the error table has its reaction", "[e2e]") {
    const auto table = error_table();
    Cases cases(table);
    for (std::size_t i = 0; i < table.size(); ++i) {
        cases.ring(i);
    }
    cases.suite().wait_until_idle();
    for (std::size_t i = 0; i < table.size(); ++i) {
        cases.end(i);
    }
    cases.suite().wait_until_idle();
    for (std::size_t i = 0; i < table.size(); ++i) {
        cases.check(i);
    }
    const auto limits = e2e::http("GET", cases.suite().url("sandbox") + "/sandbox/limits").json();
    CHECK(limits.root().find("broken_all")->integer() == 0);
    CHECK(
        e2e::http("GET", cases.suite().url("sandbox") + "/sandbox/faults")
            .json()
            .root()
            .find("items")
            ->size() == 0
    );
}

TEST_CASE("a refused token stops its bot alone until the enterprise has another", "[e2e]") {
    Cases cases(
        {{.name = "revoked", .at_ring = {refusal(401, "Unauthorized") + R"(,"times":-1)"}},
         {.name = "another bot"}}
    );
    cases.ring(0);
    testing::wait_until(
        [&] {
            return e2e::http("GET", cases.suite().url("telegram-notifier") + "/metrics")
                       .body.find("telegram_bot_stopped{bot=\"800000\"} 1") != std::string::npos;
        },
        std::chrono::seconds(20),
        "the bot is stopped"
    );
    cases.ring(1);
    cases.end(0);
    cases.end(1);
    testing::wait_until(
        [&] {
            const auto messages = messages_of(cases.suite(), cases.chat(1));
            return !messages.empty() && messages.front().texts.back().starts_with("❌");
        },
        std::chrono::seconds(20),
        "the other bot goes on"
    );
    CHECK(cases.sql(0, "active", "telegram_users") == "t");
    CHECK(cases.sql(0, "count(*)", "asterisk_logs") == "1");
    e2e::http("DELETE", cases.suite().url("sandbox") + "/sandbox/faults");
    cases.suite().sql(
        "UPDATE telegram_users SET bot_token = replace(bot_token, ':AA', ':BB') WHERE "
        "enterprise_number = '9500'; UPDATE enterprises SET bot_token = replace(bot_token, ':AA', "
        "':BB') WHERE number = '9500'"
    );
    cases.suite().wait_until_idle();
    cases.check(0);
}

TEST_CASE("a call soon after another of the same party is a reply to its end", "[e2e]") {
    e2e::Suite suite;
    start_demo(suite, {{"NAME_BUDGET_MS", "1"}});
    play(suite, "1768467600.50", 0, 10);
    suite.wait_for_text("✅ Завершен");
    play(suite, "1768467700.51", 0, 3);
    suite.wait_for_text("📞 Дозвон", 1);
    const auto messages = messages_of(suite, demo_chat);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].reply_to == 0);
    CHECK(messages[1].reply_to == messages[0].id);
}

TEST_CASE("the end can be a comment to the conversation", "[e2e]") {
    e2e::Suite suite;
    start_demo(suite, {{"NAME_BUDGET_MS", "1"}, {"CARD_FINAL_MODE", "comment"}});
    play(suite, "1768467600.52", 0, 6);
    suite.wait_for_text("🔗 Разговор");
    play(suite, "1768467600.52", 6, 10);
    suite.wait_for_text("✅ Завершен", 1);
    suite.wait_until_idle();
    const auto messages = messages_of(suite, demo_chat);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].texts.back().starts_with("🔗 Разговор"));
    CHECK(messages[1].reply_to == messages[0].id);
    CHECK(messages[1].texts.size() == 1);
}

TEST_CASE("a name that comes late is edited in, the message does not wait for it", "[e2e]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("telegram-notifier", {{"NAME_BUDGET_MS", "20"}});
    suite.start("ingest");
    play(suite, "1768467600.53", 0, 3);
    suite.wait_for_text("📞 Дозвон от +375 (29) 625-40-70 → ");
    suite.start("retailcrm");
    suite.start("integration-cache");
    suite.wait_for_text("📞 Дозвон от +375 (29) 625-40-70 (Петров Иван) → Сидоров Пётр (151)");
    CHECK(suite.messages() == 1);
}

TEST_CASE("calls that ended long before they could be told go to one digest", "[e2e]") {
    e2e::Suite suite;
    for (const auto* service : {"sandbox", "retailcrm", "integration-cache", "ingest"}) {
        suite.start(service);
    }
    play(suite, "1768467600.54", 0, 10);
    play(suite, "1768467700.55", 0, 10);
    play(suite, "1768467800.56", 0, 3);
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM call_events WHERE event_timestamp > now() - "
                       "interval '2 seconds'"
                   ) == "0";
        },
        std::chrono::seconds(20),
        "the events are old"
    );
    suite.start("telegram-notifier", {{"CARD_STALE_MS", "2000"}});
    suite.wait_for_text("🗂 Звонки за время перерыва связи:\n✅ Завершен");
    suite.wait_until_idle();
    REQUIRE(suite.messages() == 1);
    const auto text = messages_of(suite, demo_chat).front().texts.back();
    CHECK(std::ranges::count(text, '\n') == 2);
    // The call that goes on shows again as soon as it moves.
    play(suite, "1768467800.56", 3, 6);
    suite.wait_for_text("🔗 Разговор", 1);
}

TEST_CASE("two notifiers share the bots, and one takes over what the other leaves", "[e2e]") {
    e2e::Suite suite;
    start_demo(suite, {{"NAME_BUDGET_MS", "1"}});
    e2e::http("POST", suite.url("sandbox") + "/sandbox/limits", R"({"enforce":true})");
    testing::TempFolder logs;
    testing::ChildProcess second(suite.command(
        "telegram-notifier",
        {{"TELEGRAM_NOTIFIER_PORT", std::to_string(testing::free_port())},
         {"LOG_DIR", logs.path().string()}}
    ));
    play(suite, "1768467600.57", 0, 3);
    suite.wait_for_text("📞 Дозвон");
    play(suite, "1768467600.57", 3, 6);
    suite.wait_for_text("🔗 Разговор");
    suite.kill("telegram-notifier");
    play(suite, "1768467600.57", 6, 10);
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
    const auto limits = e2e::http("GET", suite.url("sandbox") + "/sandbox/limits").json();
    CHECK(limits.root().find("broken_all")->integer() == 0);
}
