#include "site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <sstream>

#include "testing/catch.hpp"
#include "testing/present.hpp"

namespace trunkline::asterisk {
namespace {

using namespace std::chrono_literals;

std::string text_of(json::View object, const char* name) {
    const auto member = object.find(name);
    return member ? std::string(member->string().value_or("")) : std::string();
}

}  // namespace

Site::Site(const Asterisk::Options& options)
    : exchange(options), gate(exchange.ami_port()), phones(exchange) {
    exchange.start();
    suite.start_all();
    suite.sql(fmt::format(
        "INSERT INTO pbx_servers (id, enterprise_number, name, host, port, username, secret, "
        "reconnect_delay, dial_context, recordings_path) VALUES ('minsk', '0367', 'Minsk', "
        "'127.0.0.1', {}, '{}', '{}', 1, 'internal', '{}')",
        gate.port(),
        exchange.username(),
        exchange.secret(),
        exchange.own_path_of_recordings()
    ));
    start_gateway();
}

void Site::start_gateway() {
    suite.start("pbx-gateway");
    wait_until_connected();
}

void Site::wait_until_connected() {
    testing::wait_until(
        [&] {
            return exchange.console("manager show connected").find(exchange.username()) !=
                   std::string::npos;
        },
        30s,
        "the gateway is logged in"
    );
}

std::vector<Row> Site::rows(const std::string& party) const {
    std::istringstream lines(suite.sql(
        "SELECT duration, call_type || '|' || call_status || '|' || extension || '|' || "
        "extensions::text || '|' || talkers::text FROM calls WHERE phone = '" +
        party + "' ORDER BY date_received"
    ));
    std::vector<Row> rows;
    std::string line;
    while (std::getline(lines, line)) {
        const auto bar = line.find('|');
        REQUIRE(bar != std::string::npos);
        rows.push_back({line.substr(bar + 1), std::atoi(line.c_str())});
    }
    return rows;
}

std::size_t Site::live_calls() const {
    return std::stoul(
        suite.sql("SELECT count(*) FROM live_calls WHERE state->'call'->>'phase' <> 'done'")
    );
}

void Site::wait_for_calls(std::size_t count) {
    testing::wait_until(
        [&] {
            return std::stoul(suite.sql("SELECT count(*) FROM calls")) >= count &&
                   live_calls() == 0;
        },
        60s,
        std::to_string(count) + " calls have ended"
    );
    suite.wait_until_idle();
}

void Site::wait_for_event(const std::string& type, const std::string& party) {
    testing::wait_until(
        [&] {
            return suite.sql(fmt::format(
                       "SELECT count(*) > 0 FROM call_events WHERE event_type = '{}' AND "
                       "raw_data::text LIKE '%\"{}\"%'",
                       type,
                       party
                   )) == "t";
        },
        20s,
        type + " of " + party
    );
}

std::vector<std::string> Site::last_texts(const std::string& shown_number) const {
    const auto chats = e2e::http("GET", suite.url("sandbox") + "/sandbox/chats").json();
    std::vector<std::string> texts;
    for (const auto chat : testing::present(chats.root().find("chats")).elements()) {
        for (const auto message : testing::present(chat.find("messages")).elements()) {
            std::string last;
            bool names_it = false;
            for (const auto version : testing::present(message.find("history")).elements()) {
                last = text_of(version, "text");
                names_it = names_it || last.find(shown_number) != std::string::npos;
            }
            if (names_it) {
                texts.push_back(last);
            }
        }
    }
    return texts;
}

CrmStory Site::crm(const std::string& phone) const {
    const auto document = suite.retailcrm();
    const auto account =
        testing::present(testing::present(document.root().find("accounts")).find("0367"));
    CrmStory story;
    const auto add = [&](const std::string& word) { story += (story.empty() ? "" : " ") + word; };
    const auto is_its = [&](json::View object) { return text_of(object, "phone") == "+" + phone; };
    for (const auto event : testing::present(account.find("events")).elements()) {
        if (is_its(event)) {
            add(text_of(event, "type"));
        }
    }
    for (const auto call : testing::present(account.find("calls")).elements()) {
        if (is_its(call)) {
            add(text_of(call, "result"));
        }
    }
    return story;
}

}  // namespace trunkline::asterisk
