// The call emulator against the real suite: what it plays, what it sees of it, and calls that are
// recorded and played again.
#include <fmt/format.h>

#include <fstream>
#include <map>

#include "json/writer.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

struct Printed {
    int status = 0;
    std::string output;
};

Printed trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto outcome = testing::run_command(command);
    return {outcome.status, outcome.output};
}

std::string text_of(json::View view, std::string_view key) {
    const auto value = view.find(key);
    return value && value->string() ? std::string(*value->string()) : std::string();
}

bool flag_of(json::View view, std::string_view key) {
    const auto value = view.find(key);
    return value && value->boolean().value_or(false);
}

class Emulator {
public:
    Emulator() {
        suite_.start_all();
        suite_.start("call-emulator");
    }

    e2e::Suite& suite() { return suite_; }
    std::string url() const { return suite_.url("call-emulator"); }

    std::vector<std::string> pattern_ids() const {
        const auto list = e2e::http("GET", url() + "/patterns").json();
        std::vector<std::string> ids;
        for (const auto item : list.root().find("items")->elements()) {
            ids.push_back(text_of(item, "id"));
        }
        return ids;
    }

    /// An enterprise of its own, so that calls do not meet.
    void add_enterprise(std::size_t number) const {
        suite_.sql(fmt::format(
            "INSERT INTO enterprises (number, name, name2, bot_token, integrations_config) VALUES "
            "('{0}', 'emulated {0}', '{1}', '{2}:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp', "
            "'{{\"retailcrm\":{{\"enabled\":true,\"base_url\":\"{3}/retailcrm/{0}\",\"api_key\":"
            "\"sandbox-retailcrm-key-{0}\"}}}}'); INSERT INTO telegram_users (tg_id, bot_token, "
            "enterprise_number) VALUES ({2}, '{2}:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp', '{0}')",
            9100 + number,
            token(number),
            3'000'000 + number,
            suite_.url("sandbox")
        ));
    }
    static std::string token(std::size_t number) {
        return std::to_string(375'440'001'000 + number);
    }

    /// The run's id; fails the test unless all was accepted.
    std::string play(const std::string& order) const {
        const auto answer = e2e::http("POST", url() + "/emulate", order);
        INFO(order << " " << answer.body);
        REQUIRE(answer.status == 200);
        const auto run = answer.json();
        REQUIRE(text_of(run.root(), "status") == "done");
        return text_of(run.root(), "run");
    }

    json::Document outcome(const std::string& run) const {
        const auto answer = e2e::http("GET", url() + "/runs/" + run + "/outcome");
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return answer.json();
    }

    json::Document settled(const std::string& run) const {
        auto seen = outcome(run);
        testing::wait_until(
            [&] {
                seen = outcome(run);
                return flag_of(seen.root(), "settled");
            },
            60s,
            "the run " + run + " is settled"
        );
        return seen;
    }

private:
    e2e::Suite suite_;
};

/// Fails with every difference in words.
void check_same(const std::string& name, const json::Document& outcome) {
    INFO(name);
    const auto differences = outcome.root().find("differences");
    REQUIRE(differences);
    for (const auto difference : differences->elements()) {
        UNSCOPED_INFO(name << ": " << difference.dump());
    }
    if (differences->size() > 0) {
        UNSCOPED_INFO(outcome.root().find("chats")->dump());
        UNSCOPED_INFO(outcome.root().find("calls")->dump());
    }
    CHECK(differences->size() == 0);
    CHECK(flag_of(outcome.root(), "complete"));
}

}  // namespace

TEST_CASE("every pattern through the real suite comes to what it promises", "[e2e][emulator]") {
    Emulator emulator;
    const auto ids = emulator.pattern_ids();
    REQUIRE(ids.size() >= 32);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        emulator.add_enterprise(i);
    }
    // A Token that is not known yet is refused; the last one that was made is known last.
    testing::wait_until(
        [&] {
            const auto body =
                R"({"UniqueId":"1.1","Token":")" + Emulator::token(ids.size() - 1) + R"("})";
            const auto url = emulator.suite().url("ingest") + "/new_callerid";
            return e2e::http("POST", url, body).status == 200;
        },
        20s,
        "the enterprises are known"
    );
    std::map<std::string, std::string> runs;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        json::Writer order;
        order.begin_object().member("pattern", ids[i]).key("fields").begin_object();
        order.member("token", Emulator::token(i)).end_object().end_object();
        runs[ids[i]] = emulator.play(order.take());
    }
    for (const auto& [id, run] : runs) {
        check_same(id, emulator.settled(run));
    }
}

TEST_CASE(
    "an outcome shows what is stored, what the chat saw and what the CRM got", "[e2e][emulator]"
) {
    Emulator emulator;
    const auto run = emulator.play(R"({"pattern":"inbound-answered"})");
    const auto outcome = emulator.settled(run);
    check_same("inbound-answered", outcome);
    const auto root = outcome.root();
    REQUIRE(root.find("calls")->size() == 1);
    CHECK((*root.find("calls"))[0].find("duration")->integer() == 12);
    CHECK(root.find("call_events")->size() >= 8);
    CHECK_THAT(root.find("trace")->dump(), ContainsSubstring("\"call_ended\""));
    REQUIRE(root.find("chats")->size() == 1);
    const auto chat = (*root.find("chats"))[0];
    CHECK(chat.find("chat_id")->integer() == 100367);
    // Names of the demo enterprise are in the text, and are no difference.
    CHECK_THAT(chat.dump(), ContainsSubstring("Сидоров Пётр (151), 00:12"));
    std::size_t uploads = 0;
    for (const auto request : root.find("crm")->elements()) {
        CHECK(text_of(request, "api") == "retailcrm");
        uploads += text_of(request, "method").ends_with("calls/upload") ? 1 : 0;
    }
    CHECK(uploads == 1);

    const auto stream = e2e::http("GET", emulator.url() + "/runs/" + run + "/events");
    CHECK(stream.status == 200);
    CHECK_THAT(stream.body, ContainsSubstring("event: sent"));
    CHECK_THAT(stream.body, ContainsSubstring("event: outcome\ndata: {\"run\":\"" + run));
    CHECK_THAT(stream.body, ContainsSubstring("event: end"));
    const auto runs = e2e::http("GET", emulator.url() + "/runs").json();
    CHECK(text_of((*runs.root().find("items"))[0], "run") == run);
}

TEST_CASE("what was promised wrongly is a difference", "[e2e][emulator]") {
    Emulator emulator;
    auto pattern = e2e::http("GET", emulator.url() + "/patterns").json();
    std::string text;
    for (const auto item : pattern.root().find("items")->elements()) {
        if (text_of(item, "id") == "inbound-missed") {
            text = item.dump();
        }
    }
    const auto change = [&text](const std::string& from, const std::string& to) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    };
    change(R"("id":"inbound-missed")", R"("id":"wrong")");
    change("❌ Не отвечен", "✅ Завершен");
    change(R"("wait_s":25)", R"("wait_s":26)");
    change(R"("crm":["dial","hangup"])", R"("crm":["dial","bridge","hangup"])");
    REQUIRE(e2e::http("POST", emulator.url() + "/patterns", text).status == 201);
    const auto outcome = emulator.settled(emulator.play(R"({"pattern":"wrong"})"));
    std::map<std::string, int> found;
    for (const auto difference : outcome.root().find("differences")->elements()) {
        ++found[text_of(difference, "what")];
    }
    INFO(outcome.root().find("differences")->dump());
    CHECK(found["chat"] == 1);
    CHECK(found["crm"] == 1);
    CHECK(found["call"] == 1);
    CHECK(found["event"] == 0);
    CHECK(e2e::http("DELETE", emulator.url() + "/patterns/wrong").status == 200);
    CHECK(e2e::http("DELETE", emulator.url() + "/patterns/wrong").status == 404);
}

TEST_CASE("an outcome says what it cannot see", "[e2e][emulator]") {
    Emulator emulator;
    const auto run = emulator.play(R"({"pattern":"inbound-answered"})");
    emulator.settled(run);
    emulator.suite().kill("sandbox");
    const auto without_sandbox = emulator.outcome(run);
    CHECK_FALSE(flag_of(without_sandbox.root(), "complete"));
    CHECK(without_sandbox.root().find("crm")->is_null());
    CHECK_THAT(
        without_sandbox.root().find("reasons")->dump(), ContainsSubstring("sandbox does not answer")
    );
    // The notifier's own log still tells the chat's texts.
    CHECK_THAT(without_sandbox.root().find("chats")->dump(), ContainsSubstring("✅ Завершен"));
    emulator.suite().kill("ingest");
    const auto without_all = emulator.outcome(run);
    CHECK(without_all.root().find("trace")->is_null());
    CHECK(without_all.root().find("calls")->is_null());
    CHECK_THAT(text_of(without_all.root(), "reason"), ContainsSubstring("ingest does not answer"));
    const auto down =
        e2e::http("POST", emulator.url() + "/emulate", R"({"pattern":"hangup-only"})");
    CHECK_THAT(text_of(down.json().root(), "detail"), ContainsSubstring("is down"));
    const auto outcome = emulator.outcome(text_of(down.json().root(), "run"));
    CHECK(text_of(outcome.root(), "status") == "failed");
    CHECK_THAT(outcome.root().find("differences")->dump(), ContainsSubstring("was not accepted"));
    const auto forbidden = e2e::http(
        "POST",
        emulator.url() + "/emulate",
        R"({"pattern":"hangup-only","target":"http://127.0.0.1:1"})"
    );
    CHECK(forbidden.status == 403);
}

TEST_CASE("a batch loses, doubles and shuffles by its seed", "[e2e][emulator]") {
    Emulator emulator;
    const std::string order =
        R"({"pattern":"old-host-answered","repeat":4,"parallel":2,"double":0.5,"shuffle":true,"seed":11})";
    const auto first = e2e::http("POST", emulator.url() + "/emulate", order).json();
    CHECK(first.root().find("runs_done")->integer() == 4);
    const auto orders = [&emulator](const json::Document& batch) {
        std::map<std::int64_t, std::string> all;
        for (const auto run : batch.root().find("runs")->elements()) {
            const auto whole = e2e::http("GET", emulator.url() + "/runs/" + text_of(run, "run"));
            std::string events;
            const auto document = whole.json();
            for (const auto event : document.root().find("events")->elements()) {
                events += text_of(event, "event") + " ";
            }
            all[run.find("seed")->integer().value_or(0)] = events;
        }
        return all;
    };
    const auto second = e2e::http("POST", emulator.url() + "/emulate", order).json();
    CHECK(orders(first) == orders(second));
    CHECK(orders(first).size() == 4);
    const auto lost = e2e::http(
        "POST", emulator.url() + "/emulate", R"({"pattern":"inbound-missed","drop":"hangup"})"
    );
    CHECK_THAT(lost.body, ContainsSubstring(R"("unknown":["call","chat","chat_end","crm"])"));
    CHECK_THAT(lost.body, ContainsSubstring("потеряны события (hangup)"));
}

TEST_CASE("a stored call is exported without names and plays again", "[e2e][emulator]") {
    Emulator emulator;
    auto& suite = emulator.suite();
    const auto run = emulator.play(R"({"pattern":"inbound-group-answered"})");
    const auto outcome = emulator.settled(run);
    const auto call = (*outcome.root().find("calls"))[0];
    const auto file = (suite.logs().parent_path() / "trace.json").string();
    const auto exported =
        trunkctl(suite, {"export", text_of(call, "unique_id"), "--enterprise", "0367", "-o", file});
    INFO(exported.output);
    REQUIRE(exported.status == 0);
    std::ifstream stream(file);
    std::string trace{std::istreambuf_iterator<char>(stream), {}};
    for (const auto& real :
         {std::string("6254070"),
          std::string("375293332255"),
          std::string("0001363"),
          text_of(call, "unique_id"),
          text_of(call, "uuid"),
          std::string("Сидоров")}) {
        INFO(real);
        CHECK(trace.find(real) == std::string::npos);
    }
    const auto by_curl =
        e2e::http("GET", suite.url("ingest") + "/calls/" + text_of(call, "uuid") + "/export");
    CHECK(by_curl.status == 200);
    CHECK(by_curl.body == trace);
    const auto by_emulator = e2e::http("GET", emulator.url() + "/runs/" + run + "/export");
    CHECK(by_emulator.status == 200);
    CHECK(by_emulator.json().root().dump() == by_curl.json().root().dump());

    const auto replayed = trunkctl(suite, {"replay", file});
    INFO(replayed.output);
    CHECK(replayed.status == 0);
    CHECK_THAT(replayed.output, ContainsSubstring("the same outcome"));
    const auto against =
        trunkctl(suite, {"replay", file, "token=375293332255", "--against", suite.url("ingest")});
    INFO(against.output);
    CHECK(against.status == 0);
    CHECK_THAT(against.output, ContainsSubstring("no differences"));

    const auto at = trace.find("\"talk_s\": 20");
    REQUIRE(at != std::string::npos);
    trace.replace(at, 12, "\"talk_s\": 21");
    std::ofstream(file) << trace;
    const auto changed = trunkctl(suite, {"replay", file});
    CHECK(changed.status == 1);
    CHECK_THAT(changed.output, ContainsSubstring("/call/talk_s: expected 21, received 20"));
}

TEST_CASE("trunkctl plays calls and makes traffic", "[e2e][emulator]") {
    Emulator emulator;
    auto& suite = emulator.suite();
    const auto played =
        trunkctl(suite, {"emulate", "outbound-not-answered", "phone=+375290000017"});
    INFO(played.output);
    CHECK(played.status == 0);
    CHECK_THAT(
        played.output, ContainsSubstring("❌ Не отвечен: Сидоров Пётр (151) → +375 (29) 000-00-17")
    );
    CHECK_THAT(played.output, ContainsSubstring("no differences"));
    const auto as_json = trunkctl(
        suite, {"--json", "emulate", "internal-missed", "--repeat", "3", "--parallel", "3"}
    );
    CHECK(as_json.status == 0);
    CHECK_THAT(as_json.output, ContainsSubstring("\"settled\":true"));
    CHECK(trunkctl(suite, {"emulate", "no-such-pattern"}).status != 0);
    const auto load = trunkctl(
        suite,
        {"emulate",
         "--rate",
         "50",
         "--for",
         "10s",
         "--enterprises",
         "12",
         "--pace",
         "fast",
         "--prepare"}
    );
    INFO(load.output);
    CHECK(load.status == 0);
    CHECK_THAT(load.output, ContainsSubstring("latency, ms"));
    CHECK(suite.sql("SELECT count(*) FROM enterprises WHERE number LIKE 'load-%'") == "12");
}
