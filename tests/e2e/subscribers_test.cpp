// What people do in Telegram, through real processes: the sandbox plays Telegram, its control API
// the people.

#include <algorithm>
#include <set>

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "json/writer.hpp"
#include "proto.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t bot = 1000367;
constexpr std::int64_t demo_chat = 100367;
const std::string bot_token = "1000367:sandbox-demo-bot-token-AAAAAAAAAAAAAAA";

struct Shown {
    std::int64_t id = 0;
    std::string text;
    std::string keyboard;
    std::int64_t thread = 0;
    std::size_t versions = 0;
};

/// The people's side of the sandbox.
class People {
public:
    explicit People(const e2e::Suite& suite) : suite_(suite) {}

    void write(std::int64_t chat, const std::string& text, std::int64_t thread = 0) const {
        json::Writer writer;
        writer.begin_object().member("bot_id", bot).member("chat_id", chat).member("text", text);
        if (thread != 0) {
            writer.member("thread_id", thread);
        }
        order("messages", writer.end_object().take());
    }

    void press(std::int64_t chat, std::int64_t message, const std::string& button) const {
        json::Writer writer;
        writer.begin_object()
            .member("bot_id", bot)
            .member("chat_id", chat)
            .member("message_id", message)
            .member("button", button)
            .end_object();
        order("presses", writer.take());
    }

    void membership(std::int64_t chat, const std::string& status) const {
        json::Writer writer;
        writer.begin_object()
            .member("bot_id", bot)
            .member("chat_id", chat)
            .member("status", status)
            .end_object();
        order("memberships", writer.take());
    }

    /// What the bot says in a chat, in order.
    std::vector<Shown> chat(std::int64_t id) const {
        const auto document = e2e::http("GET", suite_.url("sandbox") + "/sandbox/chats").json();
        std::vector<Shown> out;
        for (const auto chat : document.root().find("chats")->elements()) {
            if (chat.find("chat_id")->integer() != id) {
                continue;
            }
            for (const auto message : chat.find("messages")->elements()) {
                if (message.find("from_user")->boolean() == true) {
                    continue;
                }
                const auto markup = message.find("reply_markup");
                out.push_back(
                    {*message.find("message_id")->integer(),
                     std::string(*message.find("text")->string()),
                     markup ? std::string(*markup->string()) : std::string(),
                     message.find("thread_id")->integer().value_or(0),
                     message.find("history")->size()}
                );
            }
        }
        return out;
    }

    /// Waits until one of the chat's messages has `part` in its text or its buttons; the youngest.
    Shown wait_for(std::int64_t id, const std::string& part) const {
        Shown found;
        testing::wait_until(
            [&] {
                const auto all = chat(id);
                const auto has = [&](const Shown& each) {
                    return (each.text + each.keyboard).find(part) != std::string::npos;
                };
                const auto youngest = std::find_if(all.rbegin(), all.rend(), has);
                if (youngest != all.rend()) {
                    found = *youngest;
                }
                return youngest != all.rend();
            },
            30s,
            "chat " + std::to_string(id) + " shows " + part
        );
        return found;
    }

    std::size_t count(std::int64_t id, const std::string& part) const {
        const auto all = chat(id);
        return static_cast<std::size_t>(std::ranges::count_if(all, [&](const Shown& each) {
            return each.text.find(part) != std::string::npos;
        }));
    }

    /// What the bot said to the presses so far; waits until none is left spinning.
    std::vector<std::string> answers() const {
        std::vector<std::string> out;
        testing::wait_until(
            [&] {
                out.clear();
                const auto document =
                    e2e::http("GET", suite_.url("sandbox") + "/sandbox/telegram/presses").json();
                bool all = true;
                for (const auto press : document.root().find("items")->elements()) {
                    all = all && press.find("answered")->boolean() == true;
                    const auto answer = press.find("answer");
                    out.emplace_back(answer ? answer->string().value_or("") : "");
                }
                return all;
            },
            30s,
            "every press is answered"
        );
        return out;
    }

private:
    void order(const std::string& what, const std::string& body) const {
        const auto answer =
            e2e::http("POST", suite_.url("sandbox") + "/sandbox/telegram/" + what, body);
        INFO(body << " " << answer.body);
        REQUIRE(answer.status == 200);
    }

    const e2e::Suite& suite_;
};

testing::Outcome trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return testing::run_command(command);
}

std::string member(const std::string& text, std::string_view name) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return std::string(document->root().find(name)->string().value_or(""));
}

/// A missed call: 151 and 152 rang.
void missed_call(const e2e::Suite& suite, const std::string& id) {
    const std::string head = R"({"Token":"375293332255","UniqueId":")" + id +
                             R"(","Phone":"375291112233","CallType":0,"Trunk":"0001363")";
    suite.send("start", head + "}");
    suite.send("dial", head + R"(,"Extensions":["151","152"]})");
    suite.send(
        "hangup",
        head + R"(,"CallStatus":"0","Extensions":[""],"StartTime":"2026-01-15 12:00:00",)"
               R"("DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:20"})"
    );
}

void answered_call(const e2e::Suite& suite, const std::string& id) {
    for (const auto& event : e2e::inbound_answered(id)) {
        suite.send(event.name, event.body);
    }
}

struct Request {
    std::string method;
    int status = 0;
    std::string answer;
    std::string markup;
};
std::vector<Request> requests(const e2e::Suite& suite) {
    const auto document =
        e2e::http("GET", suite.url("sandbox") + "/sandbox/requests?api=telegram").json();
    std::vector<Request> out;
    for (const auto item : document.root().find("items")->elements()) {
        const auto markup = item.find("parameters")->find("reply_markup");
        out.push_back(
            {std::string(*item.find("method")->string()),
             static_cast<int>(*item.find("status")->integer()),
             std::string(*item.find("answer")->string()),
             markup ? std::string(markup->string().value_or("")) : std::string()}
        );
    }
    return out;
}

std::size_t count_of(const e2e::Suite& suite, const std::string& method, int status) {
    const auto all = requests(suite);
    return static_cast<std::size_t>(std::ranges::count_if(all, [&](const Request& each) {
        return each.method == method && each.status == status;
    }));
}

int post_update(const std::string& url, const std::string& secret, const std::string& body) {
    testing::Command command;
    command.argv = {
        "curl",
        "-sS",
        "--max-time",
        "20",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-X",
        "POST",
        "-H",
        "Content-Type: application/json",
        "--data-binary",
        body,
        url
    };
    if (!secret.empty()) {
        command.argv.insert(
            command.argv.end(), {"-H", "X-Telegram-Bot-Api-Secret-Token: " + secret}
        );
    }
    return std::stoi(testing::run_command(command).output);
}

}  // namespace

TEST_CASE("people join by a link that works once, leave, return, block and unblock", "[e2e]") {
    e2e::Suite suite;
    const People people(suite);
    suite.start("sandbox");
    const auto invited = trunkctl(suite, {"--json", "subscriber", "invite", "june"});
    INFO(invited.output);
    REQUIRE(invited.status == 0);
    const auto code = member(invited.output, "code");
    CHECK(member(invited.output, "link") == "https://t.me/sandbox_1000367_bot?start=" + code);
    CHECK(code.size() == 32);
    const auto group_code = member(
        trunkctl(suite, {"--json", "subscriber", "invite", "0367", "--group"}).output, "code"
    );
    for (const auto* service : {"retailcrm", "integration-cache", "telegram-notifier", "ingest"}) {
        suite.start(service);
    }

    people.write(555, "/start");
    people.wait_for(555, "Этот бот показывает звонки предприятия");
    people.write(555, "/settings");
    people.wait_for(555, "не подписан на звонки");
    people.write(555, "/start " + code);
    people.wait_for(555, "Вы подписаны на звонки предприятия june");
    people.write(556, "/start " + code);
    people.wait_for(556, "Приглашение не подходит");
    people.write(557, "/start " + group_code);
    people.wait_for(557, "Это приглашение — для группы");
    people.write(-200, "/start@somebody_else_bot " + group_code, 7);
    people.write(-200, "/start@sandbox_1000367_bot " + group_code, 7);
    CHECK(people.wait_for(-200, "Этот чат подписан").thread == 7);
    CHECK(
        suite.sql("SELECT string_agg(tg_id::text, ',' ORDER BY tg_id) FROM telegram_users WHERE "
                  "active") == "-200,555,100367"
    );

    missed_call(suite, "1768467600.31");
    suite.wait_until_idle();
    for (const std::int64_t chat : {demo_chat, std::int64_t{555}, std::int64_t{-200}}) {
        CHECK(people.wait_for(chat, "❌ Не отвечен").thread == (chat < 0 ? 7 : 0));
    }
    CHECK(people.count(556, "❌") == 0);

    people.write(555, "/stop");
    people.wait_for(555, "Вы отписаны");
    CHECK(
        suite.sql("SELECT active, inactive_reason FROM telegram_users WHERE tg_id = 555") ==
        "f|left"
    );
    people.write(555, "/start");
    people.wait_for(555, "Звонки снова приходят сюда");
    people.membership(555, "kicked");
    const auto is_active = [&](const char* wanted) {
        testing::wait_until(
            [&] {
                return suite.sql("SELECT active FROM telegram_users WHERE tg_id = 555") == wanted;
            },
            30s,
            "the subscriber is switched"
        );
    };
    is_active("f");
    people.membership(555, "member");
    is_active("t");

    const auto listed = trunkctl(suite, {"--json", "subscriber", "list", "0367"});
    CHECK_THAT(listed.output, ContainsSubstring(R"("chat_id":-200,"title":"Sandbox Group")"));
    CHECK(trunkctl(suite, {"subscriber", "remove", "0367", "--chat", "555"}).status == 0);
    CHECK(trunkctl(suite, {"subscriber", "remove", "0367", "--chat", "555"}).status == 1);
    people.write(555, "/start");
    testing::wait_until(
        [&] { return people.count(555, "Этот бот показывает") == 2; }, 30s, "a stranger again"
    );
}

TEST_CASE("settings choose which calls come, and quiet hours end with a digest", "[e2e]") {
    e2e::Suite suite;
    const People people(suite);
    suite.start_all();
    people.write(demo_chat, "/settings");
    const auto menu = people.wait_for(demo_chat, "Настройки: june").id;
    const auto choose = [&](const std::string& button, const std::string& then) {
        people.press(demo_chat, menu, button);
        people.wait_for(demo_chat, then);
    };
    choose("Только пропущенные", "• Только пропущенные");
    choose("Добавочные: все", "Звонки каких добавочных");
    choose("152 Ольга Н.", "• 152 Ольга Н.");
    choose("« Назад", "Добавочные: 152");
    CHECK(suite.sql("SELECT calls, extensions FROM telegram_users") == "missed|{152}");
    CHECK(people.answers() == std::vector<std::string>{"Сохранено", "", "Сохранено", ""});

    // A restart reads the wishes anew, so that nothing here depends on how soon they are noticed.
    suite.stop("telegram-notifier");
    suite.start("telegram-notifier");
    answered_call(suite, "1768467600.32");
    missed_call(suite, "1768467600.33");
    suite.wait_until_idle();
    CHECK(people.count(demo_chat, "✅") == 0);
    CHECK(people.wait_for(demo_chat, "❌ Не отвечен").versions == 1);

    // A zone where it is between 23:00 and midnight now.
    const auto hour = std::stoi(suite.sql("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')"));
    const auto shift = hour - 23 < -12 ? hour + 1 : hour - 23;
    const auto zone = "Etc/GMT" + std::string(shift < 0 ? "" : "+") + std::to_string(shift);
    suite.sql("UPDATE enterprises SET timezone = '" + zone + "'");
    choose("Все звонки", "• Все звонки");
    choose("Добавочные: 152", "Звонки каких добавочных");
    choose("все", "• все");
    choose("« Назад", "Добавочные: все");
    choose("Тихие часы: нет", "Тихие часы (");
    choose("22:00–08:00", "• 22:00–08:00");
    suite.stop("telegram-notifier");
    suite.start("telegram-notifier");
    const auto before = people.chat(demo_chat).size();
    answered_call(suite, "1768467600.34");
    missed_call(suite, "1768467600.35");
    suite.wait_until_idle();
    CHECK(suite.sql("SELECT count(*) FROM telegram_digest_items WHERE told_at IS NULL") == "2");
    CHECK(
        suite.sql("SELECT count(*) FROM telegram_digests WHERE due_at > now() + interval '8 "
                  "hours'") == "1"
    );
    CHECK(people.chat(demo_chat).size() == before);

    // Their end: the time comes.
    suite.sql("UPDATE telegram_digests SET due_at = now()");
    const auto digest = people.wait_for(demo_chat, "🌙 Пока было тихо. Звонков: 2, не отвечено: 1");
    CHECK_THAT(digest.text, ContainsSubstring("✅ Завершен: +375 (29) 625-40-70"));
    CHECK_THAT(digest.text, ContainsSubstring("❌ Не отвечен: +375 (29) 111-22-33"));
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM telegram_digests") == "0"; }, 30s, "it is told"
    );
    CHECK(people.chat(demo_chat).size() == before + 1);
}

TEST_CASE("the final message carries buttons that only its own chat can use", "[e2e]") {
    e2e::Suite suite;
    const People people(suite);
    testing::HttpNeighbour gateway;
    gateway.answer("POST", "/pbx/7/calls", testing::NeighbourResponse::json("{}", 202));
    suite.sql(
        "INSERT INTO pbx_servers (id, enterprise_number) VALUES ('7', '0367');"
        "UPDATE telegram_users SET is_admin = true;"
        "INSERT INTO telegram_users (tg_id, bot_token, enterprise_number) VALUES (555, '" +
        bot_token + "', '0367')"
    );
    const e2e::Suite::Environment settings{
        {"PUBLIC_URL", "https://calls.example.by"}, {"PBX_GATEWAY_URL", gateway.url()}
    };
    for (const auto* service : {"sandbox", "retailcrm", "integration-cache"}) {
        suite.start(service);
    }
    suite.start("telegram-notifier", settings);
    suite.start("ingest", settings);
    answered_call(suite, "1768467600.36");
    suite.wait_until_idle();

    const auto uuid = suite.sql("SELECT uuid FROM calls");
    const auto final_text = people.wait_for(demo_chat, "✅ Завершен");
    CHECK_THAT(
        final_text.keyboard,
        ContainsSubstring("https://calls.example.by/recordings/" + uuid + "?exp=")
    );
    CHECK_THAT(final_text.keyboard, ContainsSubstring("cb:" + uuid));
    CHECK_THAT(final_text.keyboard, ContainsSubstring("ex:" + uuid));
    const auto of_others = people.wait_for(555, "✅ Завершен");
    CHECK_THAT(of_others.keyboard, !ContainsSubstring("ex:"));
    // Until the end there are none.
    for (const auto& request : requests(suite)) {
        const bool is_final = request.answer.find("✅ Завершен") != std::string::npos;
        CHECK(is_final == !request.markup.empty());
    }

    people.press(demo_chat, final_text.id, "📞 Перезвонить");
    const auto placed = gateway.wait_for_requests(1);
    CHECK(
        placed.front().body == R"({"enterprise_number":"0367","from":"151","to":"375296254070",)"
                               R"("call_uuid":")" +
                                   uuid + R"(","requested_by":"telegram:100367"})"
    );
    e2e::require_valid(e2e::schema_of("messages", "originate.schema.json"), placed.front().body);
    CHECK(people.answers().back() == "Звоню на 151");
    people.press(demo_chat, final_text.id, "📞 Перезвонить");
    CHECK(people.answers().back() == "Звоню на 151");
    CHECK(gateway.requests().size() == 1);

    people.press(demo_chat, final_text.id, "🔍 Объяснить");
    const auto story = people.wait_for(demo_chat, "Звонок / call " + uuid);
    CHECK_THAT(story.text, ContainsSubstring("1768467600.36"));
    CHECK(people.answers().back().empty());
    // The buttons are still there.
    CHECK_FALSE(people.wait_for(demo_chat, "✅ Завершен").keyboard.empty());
}

TEST_CASE(
    "without an exchange and without a public address the final message has no buttons", "[e2e]"
) {
    e2e::Suite suite;
    const People people(suite);
    suite.start("sandbox");
    for (const auto* service : {"retailcrm", "integration-cache"}) {
        suite.start(service);
    }
    const e2e::Suite::Environment no_dot{{"PUBLIC_URL", "http://localhost:8000"}};
    suite.start("telegram-notifier", no_dot);
    suite.start("ingest", no_dot);
    answered_call(suite, "1768467600.37");
    suite.wait_until_idle();
    CHECK(people.wait_for(demo_chat, "✅ Завершен").keyboard.empty());
    CHECK_FALSE(suite.sql("SELECT record_url FROM calls").empty());
}

TEST_CASE(
    "a webhook brings updates with the bot's secret only, and each is acted on once", "[e2e]"
) {
    e2e::Suite suite;
    const People people(suite);
    suite.start("sandbox");
    const e2e::Suite::Environment by_webhook{
        {"TELEGRAM_UPDATES", "webhook"}, {"PUBLIC_URL", suite.url("telegram-notifier")}
    };
    suite.start("telegram-notifier", by_webhook);
    people.write(demo_chat, "/start");
    people.wait_for(demo_chat, "Вы уже подписаны");
    CHECK(count_of(suite, "webhook", 200) == 1);
    CHECK(count_of(suite, "getUpdates", 200) == 0);

    const auto key = suite.sql("SELECT hook_key FROM enterprises");
    const auto url = suite.url("telegram-notifier") + "/telegram/hooks/" + key;
    const auto secret = crypto::to_hex(crypto::hmac_sha256(bot_token, "trunkline webhook " + key));
    const std::string stop =
        R"({"update_id":77,"message":{"message_id":9,"from":{"id":100367},"chat":{"id":100367,)"
        R"("type":"private"},"date":1,"text":"/stop"}})";
    CHECK(post_update(url, "", stop) == 401);
    CHECK(post_update(url, std::string(64, '0'), stop) == 403);
    CHECK(post_update(url + "x", secret, stop) == 404);
    CHECK(suite.sql("SELECT active FROM telegram_users") == "t");
    CHECK(post_update(url, secret, stop) == 200);
    CHECK(suite.sql("SELECT active FROM telegram_users") == "f");
    people.wait_for(demo_chat, "Вы отписаны");
    people.write(demo_chat, "/start");
    people.wait_for(demo_chat, "Звонки снова приходят сюда");
    // The same update once more: confirmed, and nothing happens.
    CHECK(post_update(url, secret, stop) == 200);
    CHECK(post_update(url, secret, "{\"update_id\":\"x\"}") == 422);
    people.write(demo_chat, "/settings");
    people.wait_for(demo_chat, "Настройки: june");
    CHECK(suite.sql("SELECT active FROM telegram_users") == "t");
    CHECK(people.count(demo_chat, "Вы отписаны") == 1);

    // While nobody is there Telegram repeats; afterwards the update arrives.
    suite.kill("telegram-notifier");
    people.write(demo_chat, "/stop");
    suite.start("telegram-notifier", by_webhook);
    testing::wait_until(
        [&] { return people.count(demo_chat, "Вы отписаны") == 2; }, 30s, "it came after all"
    );

    // Long poll instead: our own webhook is taken back, nothing is lost in between.
    suite.stop("telegram-notifier");
    people.write(demo_chat, "/start");
    suite.start("telegram-notifier");
    testing::wait_until(
        [&] { return people.count(demo_chat, "Звонки снова приходят сюда") == 2; },
        30s,
        "the poller brings it"
    );
    CHECK(post_update(url, secret, stop) == 404);
}

TEST_CASE("of several replicas one reads a bot's updates, and another takes over", "[e2e]") {
    e2e::Suite suite;
    const People people(suite);
    suite.start("sandbox");
    suite.start("telegram-notifier");
    people.write(demo_chat, "/start");
    people.wait_for(demo_chat, "Вы уже подписаны");
    const testing::TempFolder logs;
    const auto port = testing::free_port();
    testing::ChildProcess second(suite.command(
        "telegram-notifier",
        {{"TELEGRAM_NOTIFIER_PORT", std::to_string(port)}, {"LOG_DIR", logs.path().string()}}
    ));
    const auto second_url = "http://127.0.0.1:" + std::to_string(port);
    testing::wait_until(
        [&] { return e2e::http("GET", second_url + "/ready").status == 200; }, 30s, "the second"
    );
    people.write(demo_chat, "/settings");
    people.wait_for(demo_chat, "Настройки: june");
    CHECK(count_of(suite, "getUpdates", 409) == 0);
    CHECK(suite.sql("SELECT epoch FROM telegram_pollers") == "1");

    suite.kill("telegram-notifier");
    people.write(demo_chat, "/stop");
    people.wait_for(demo_chat, "Вы отписаны");
    CHECK(suite.sql("SELECT epoch FROM telegram_pollers") == "2");
    CHECK(people.count(demo_chat, "Вы отписаны") == 1);
    CHECK(people.count(demo_chat, "Настройки: june") == 1);
}

TEST_CASE("nothing in a name can break a message", "[e2e]") {
    const std::vector<std::string> names{
        "<b>Иван",
        "Ко & <i>Ко</i> >",
        "😀👨‍👩‍👧‍👦 Аня",
        "שלום مرحبا",
        "a&nbsp;b&lt;c",
        "\"кавычки\""
    };
    e2e::Suite suite;
    const People people(suite);
    std::string extensions = "\"159\"";
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto extension = std::to_string(160 + i);
        extensions += ",\"" + extension + "\"";
        suite.sql(
            "INSERT INTO managers (enterprise_number, extension, full_name) VALUES ('0367', '" +
            extension + "', $q$" + names[i] + "$q$)"
        );
    }
    suite.sql(
        "INSERT INTO managers (enterprise_number, extension, full_name) VALUES ('0367', '159', "
        "repeat('ж', 300));"
        "UPDATE lines SET name = '<Линия> &amp; co'"
    );
    suite.start_all();
    const std::string head = R"({"Token":"375293332255","UniqueId":"1768467600.38",)"
                             R"("Phone":"375291112233","CallType":0,"Trunk":"0001363")";
    suite.send("start", head + "}");
    CHECK_THAT(people.wait_for(demo_chat, "📞 Звонок").text, ContainsSubstring("<Линия> &amp; co"));
    suite.send("dial", head + R"(,"Extensions":[)" + extensions + "]}");
    const auto shown = people.wait_for(demo_chat, "📞 Дозвон").text;
    for (const auto& name : names) {
        CHECK_THAT(shown, ContainsSubstring(name));
    }
    CHECK_THAT(shown, ContainsSubstring("жжжжжж"));
    suite.send("hangup", head + R"(,"CallStatus":"0","Extensions":[""]})");
    people.wait_for(demo_chat, "❌ Не отвечен");
    suite.wait_until_idle();
    for (const auto& request : requests(suite)) {
        INFO(request.method << " " << request.answer);
        CHECK(request.status == 200);
    }
    CHECK(people.chat(demo_chat).size() == 1);
}

TEST_CASE("the notifier tells how its bots fare, and sends a test message", "[e2e]") {
    e2e::Suite suite;
    const People people(suite);
    suite.start_all();
    missed_call(suite, "1768467600.39");
    suite.wait_until_idle();
    const auto url = suite.url("telegram-notifier");
    const auto sent = e2e::http(
        "POST",
        url + "/internal/test-message",
        R"({"enterprise":"june","chat_id":100367,"text":"1 < 2 & <b>"})"
    );
    CHECK(sent.status == 200);
    people.wait_for(demo_chat, "1 < 2 & <b>");
    CHECK(
        e2e::http("POST", url + "/internal/test-message", R"({"enterprise":"nobody","chat_id":1})")
            .status == 404
    );
    const auto stats = e2e::http("GET", url + "/stats").json();
    const auto bots = *stats.root().find("bots");
    REQUIRE(bots.size() == 1);
    CHECK(bots[0].find("bot_id")->integer() == bot);
    CHECK(bots[0].find("waiting")->integer() == 0);
    CHECK(*bots[0].find("requests")->integer() >= 2);
    CHECK(bots[0].find("errors")->integer() == 0);
    const auto metrics = e2e::http("GET", url + "/metrics").body;
    CHECK_THAT(metrics, ContainsSubstring(R"(telegram_queue{bot="1000367"} 0)"));
    CHECK_THAT(metrics, ContainsSubstring(R"(telegram_delay_seconds_count{bot="1000367"})"));
    const auto messages =
        e2e::http("GET", url + "/messages/1768467600.39?enterprise=375293332255").json();
    REQUIRE(messages.root().find("items")->size() == 1);
    CHECK((*messages.root().find("items"))[0].find("up_to_date")->boolean() == true);
    CHECK(e2e::http("GET", url + "/messages/1768467600.39?enterprise=x").status == 404);
}
