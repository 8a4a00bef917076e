#include "phones.hpp"

#include <chrono>
#include <fstream>
#include <utility>

#include "testing/catch.hpp"
#include "testing/paths.hpp"

namespace trunkline::asterisk {

using namespace std::chrono_literals;

Phones::Phones(const Asterisk& asterisk) : asterisk_(asterisk) {
    // A second of A-law silence, for the scenarios that send sound.
    std::ofstream(folder_.path() / "silence.alaw", std::ios::binary) << std::string(8'000, '\xd5');
}

Phones::Process Phones::sipp(const std::string& scenario, std::vector<std::string> arguments) {
    const auto file = testing::source_folder() / "tests/asterisk/sipp" / (scenario + ".xml");
    const auto trace = folder_.path() / (std::to_string(++started_) + "-" + scenario + ".log");
    testing::Command command;
    // -aa: what it does not expect, such as a NOTIFY of how a transfer goes, is answered with 200.
    command.argv = {
        "sipp",
        "-sf",
        file.string(),
        "-i",
        "127.0.0.1",
        "-nostdin",
        "-aa",
        "-trace_err",
        "-error_file",
        trace.string()
    };
    command.argv.insert(
        command.argv.end(),
        std::make_move_iterator(arguments.begin()),
        std::make_move_iterator(arguments.end())
    );
    command.folder = folder_.path();
    return std::make_unique<testing::ChildProcess>(command);
}

void Phones::plug_in(
    const std::string& extension,
    const std::string& scenario,
    const std::map<std::string, std::string>& keywords
) {
    // Who is called does not know by itself where the exchange listens.
    std::vector<std::string> arguments{
        "-p",
        std::to_string(asterisk_.phone_port(extension)),
        "-key",
        "exchange",
        "127.0.0.1:" + std::to_string(asterisk_.sip_port())
    };
    for (const auto& [name, value] : keywords) {
        arguments.insert(arguments.end(), {"-key", name, value});
    }
    phones_.push_back(sipp("phone-" + scenario, std::move(arguments)));
}

void Phones::plug_in_provider(const std::string& scenario) {
    phones_.push_back(sipp("phone-" + scenario, {"-p", std::to_string(asterisk_.trunk_port())}));
}

void Phones::call(const Calling& calling, const std::string& scenario) {
    const auto input = folder_.path() / ("call-" + std::to_string(started_) + ".csv");
    std::ofstream(input) << "SEQUENTIAL\n"
                         << calling.from << ";" << calling.to << ";" << calling.stay_ms << "\n";
    callers_.push_back(sipp(
        "caller-" + scenario,
        {"-inf", input.string(), "-m", "1", "127.0.0.1:" + std::to_string(asterisk_.sip_port())}
    ));
}

void Phones::wait_for_callers() {
    for (const auto& caller : std::exchange(callers_, {})) {
        const auto code = caller->wait(60s);
        INFO(caller->output());
        REQUIRE(code);
        CHECK(*code == 0);
    }
}

}  // namespace trunkline::asterisk
