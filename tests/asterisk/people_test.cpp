// What people do with a call of a real exchange once it is over: hear it, and call back.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include "json/writer.hpp"
#include "site.hpp"
#include "sound.hpp"
#include "testing/catch.hpp"
#include "testing/present.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t bot = 1000367;
constexpr std::int64_t chat_of_demo = 100367;
const std::string client = "375291000041";

/// The end of a call as its chat shows it.
struct Shown {
    std::int64_t id = 0;
    std::string text;
    std::string keyboard;
};

Shown wait_for_end(const asterisk::Site& site) {
    Shown shown;
    testing::wait_until(
        [&] {
            const auto chats =
                e2e::http("GET", site.suite.url("sandbox") + "/sandbox/chats").json();
            for (const auto chat : testing::present(chats.root().find("chats")).elements()) {
                for (const auto message : testing::present(chat.find("messages")).elements()) {
                    const auto text = testing::present(message.find("text")).string().value_or("");
                    const auto markup = message.find("reply_markup");
                    if (text.starts_with("✅ Завершен") && markup) {
                        shown = {
                            testing::present(testing::present(message.find("message_id")).integer()
                            ),
                            std::string(text),
                            std::string(markup->string().value_or(""))
                        };
                    }
                }
            }
            return shown.id != 0;
        },
        30s,
        "the chat shows the call's end with its buttons"
    );
    return shown;
}

std::string press(const asterisk::Site& site, std::int64_t message, const std::string& button) {
    const auto telegram = site.suite.url("sandbox") + "/sandbox/telegram";
    json::Writer writer;
    writer.begin_object()
        .member("bot_id", bot)
        .member("chat_id", chat_of_demo)
        .member("message_id", message)
        .member("button", button)
        .end_object();
    const auto pressed = e2e::http("POST", telegram + "/presses", writer.take());
    INFO(pressed.body);
    REQUIRE(pressed.status == 200);
    std::string said;
    testing::wait_until(
        [&] {
            const auto document = e2e::http("GET", telegram + "/presses").json();
            for (const auto one : testing::present(document.root().find("items")).elements()) {
                const auto answer = one.find("answer");
                said = answer ? std::string(answer->string().value_or("")) : "";
            }
            return !said.empty();
        },
        30s,
        "the press is answered"
    );
    return said;
}

/// From now on recordings are where the exchange makes them.
void share_recordings(asterisk::Site& site) {
    const e2e::Suite::Environment settings{
        {"RECORDINGS_PATH", site.exchange.recordings().string()},
        {"PUBLIC_URL", site.suite.url("ingest")}
    };
    for (const auto* service : {"ingest", "telegram-notifier", "pbx-gateway"}) {
        CHECK(site.suite.stop(service) == 0);
        site.suite.start(service, settings);
    }
    site.wait_until_connected();
}

void wait_for_recording(const asterisk::Site& site) {
    testing::wait_until(
        [&] {
            return site.suite.sql("SELECT count(*) FROM recordings WHERE location <> ''") == "1";
        },
        30s,
        "the recording is linked to its call"
    );
}

}  // namespace

TEST_CASE("a recording that was begun over HTTP is linked to its call", "[asterisk]") {
    asterisk::Site site;
    share_recordings(site);
    site.phones.plug_in("151", "speaks");
    site.phones.call({.from = client, .to = "375173880051", .stay_ms = 60'000}, "waits");
    site.wait_for_event("bridge", client);

    // The agent's channel: it is not the one that the call has its name of.
    const auto gateway = site.suite.url("pbx-gateway") + "/pbx/minsk";
    const auto channels = e2e::http("GET", gateway + "/channels").body;
    std::smatch agent;
    REQUIRE(std::regex_search(channels, agent, std::regex("PJSIP/(151-[0-9a-f]+)")));
    const auto started =
        e2e::http("POST", gateway + "/calls/PJSIP%2F" + agent[1].str() + "/record", "{}");
    INFO(started.body);
    REQUIRE(started.status == 200);
    const auto answer = started.json();
    const std::string file(testing::present(testing::present(answer.root().find("file")).string()));
    const auto path = site.exchange.recordings() / "0367" / file;
    testing::wait_until(
        [&] { return asterisk::sound_in(path).loud_seconds >= 2; }, 20s, "it is recorded"
    );
    site.exchange.hang_up("151");
    site.phones.wait_for_callers();
    site.wait_for_calls(1);
    wait_for_recording(site);
    CHECK(
        site.suite.sql(
            "SELECT location FROM recordings JOIN calls ON calls.uuid = recordings.call_uuid"
        ) == "file:" + file
    );
    const auto link = site.suite.sql("SELECT record_url FROM calls");
    CHECK(e2e::http("GET", link).status == 200);
}

TEST_CASE("a recorded call is heard from its chat, and its client called back", "[asterisk]") {
    asterisk::Site site;
    share_recordings(site);
    site.phones.plug_in("151", "speaks");
    site.phones.plug_in_provider("answers");
    site.phones.call({.from = client, .to = "375173880070", .stay_ms = 4'000});
    site.phones.wait_for_callers();
    site.wait_for_calls(1);

    const auto uuid = site.suite.sql("SELECT uuid FROM calls");
    wait_for_recording(site);
    const auto shown = wait_for_end(site);
    std::smatch link;
    REQUIRE(std::regex_search(
        shown.keyboard, link, std::regex(R"re("url":"([^"]*/recordings/[^"]*)")re")
    ));
    CHECK_THAT(link[1].str(), Contains(uuid + "?exp="));
    const testing::TempFolder heard;
    const auto answer = e2e::http("GET", link[1].str());
    REQUIRE(answer.status == 200);
    std::ofstream(heard.path() / "call.wav", std::ios::binary) << answer.body;
    const auto sound = asterisk::sound_in(heard.path() / "call.wav");
    CHECK(std::abs(sound.seconds - 4) <= 1.5);
    CHECK(sound.loud_seconds >= 2);
    CHECK(site.suite.sql("SELECT record_url FROM calls") != "");

    const auto bridges_before = site.suite.sql(
        "SELECT count(DISTINCT unique_id) FROM call_events WHERE event_type = 'bridge'"
    );
    CHECK(press(site, shown.id, "📞 Перезвонить") == "Звоню на 151");
    testing::wait_until(
        [&] { return site.exchange.channels() == 2; }, 20s, "151 and the client are called"
    );
    testing::wait_until(
        [&] {
            return site.suite.sql(
                       "SELECT count(DISTINCT unique_id) FROM call_events WHERE event_type = "
                       "'bridge'"
                   ) != bridges_before;
        },
        20s,
        "they talk"
    );
    site.exchange.hang_up("151");
    site.wait_for_calls(2);
    CHECK(
        site.suite.sql("SELECT call_type, call_status, extension FROM calls ORDER BY date_received"
        ) == "0|2|151\n1|2|151"
    );
    CHECK(site.suite.messages() == 2);
}
