#include "uon_office.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "testing/catch.hpp"

namespace trunkline::e2e {
namespace {

using namespace std::chrono_literals;

constexpr auto demo_token = "375293332255";

std::string config(const std::string& cabinet) {
    return fmt::format(
        R"({{"smart":{{"primary":"uon"}},"uon":{{"enabled":true,"api_key":"sandboxuonkey{}"}}}})",
        cabinet
    );
}

}  // namespace

UonOffice::UonOffice() {
    suite_.sql(fmt::format(
        "UPDATE enterprises SET integrations_config = '{}' WHERE number = '0367'", config("0367")
    ));
}

void UonOffice::add_enterprise(const std::string& number, const std::string& token) {
    suite_.sql(fmt::format(
        "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('{0}', 'e{0}', "
        "'{1}', '{2}'); INSERT INTO managers (enterprise_number, extension, full_name) VALUES "
        "('{0}', '152', 'Новик Ольга')",
        number,
        token,
        config(number)
    ));
}

void UonOffice::start(const Suite::Environment& connector) {
    suite_.start("sandbox");
    start_connector(connector);
    suite_.start("integration-cache", {{"CRM_RETRY_SECONDS", "1"}});
}

void UonOffice::start_connector(const Suite::Environment& more) { suite_.start("uon", more); }

void UonOffice::dispatch(
    const std::string& unique_id, const std::string& kind, const std::string& phone
) const {
    const auto raw =
        kind == "dial"
            ? fmt::format(
                  R"("Extensions":["151"],"CallType":0,"ExtTrunk":"","ExtPhone":"{}")", phone
              )
            : std::string(
                  R"("CallStatus":"2","Extensions":["151"],"StartTime":"2026-01-15 12:00:00",)"
                  R"("DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:41","CallType":0)"
              );
    const auto answer = http(
        "POST",
        suite_.url("integration-cache") + "/dispatch/call-event",
        fmt::format(
            R"({{"token":"{0}","uniqueId":"{1}","event_type":"{2}","raw":{{"Token":"{0}","UniqueId":"{1}",)"
            R"("Phone":"{3}","Trunk":"0001363",{4}}}}})",
            demo_token,
            unique_id,
            kind,
            phone,
            raw
        )
    );
    INFO(answer.body);
    REQUIRE(answer.status == 202);
}

std::vector<std::string> UonOffice::posts(const std::string& cabinet) const {
    const auto document = http("GET", suite_.url("sandbox") + "/sandbox/requests?api=uon").json();
    std::vector<std::string> out;
    for (const auto item : document.root().find("items")->elements()) {
        const std::string method(*item.find("method")->string());
        if (item.find("account")->string() != cabinet || !method.starts_with("POST ")) {
            continue;
        }
        auto line = method.substr(5, method.rfind(".json") - 5);
        for (const auto& [name, value] : item.find("parameters")->members()) {
            line += fmt::format(" {}={}", name, *value.string());
        }
        out.push_back(std::move(line));
    }
    return out;
}

std::size_t UonOffice::calls_of(const std::string& cabinet, const std::string& phone) const {
    const auto document = http("GET", suite_.url("sandbox") + "/sandbox/uon").json();
    const auto account = document.root().find("accounts")->find(cabinet);
    std::size_t count = 0;
    if (account) {
        for (const auto call : account->find("calls")->elements()) {
            count += call.find("phone")->string() == phone ? 1 : 0;
        }
    }
    return count;
}

std::size_t UonOffice::violations() const {
    const auto document = http("GET", suite_.url("sandbox") + "/sandbox/uon").json();
    std::size_t count = 0;
    for (const auto& [name, account] : document.root().find("accounts")->members()) {
        count += account.find("violations")->size();
    }
    return count;
}

void UonOffice::wait_until_delivered() const {
    testing::wait_until(
        [&] { return suite_.sql("SELECT count(*) FROM outbox WHERE queue = 'crm'") == "0"; },
        90s,
        "every step is delivered"
    );
}

std::string UonOffice::logged() const {
    std::stringstream text;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(suite_.logs())) {
        if (entry.is_regular_file()) {
            text << std::ifstream(entry.path()).rdbuf();
        }
    }
    return text.str();
}

}  // namespace trunkline::e2e
