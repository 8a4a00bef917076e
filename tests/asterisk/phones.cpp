#include "phones.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "testing/catch.hpp"
#include "testing/paths.hpp"
#include "testing/present.hpp"

namespace trunkline::asterisk {

using namespace std::chrono_literals;

Phones::Phones(const Asterisk& asterisk) : asterisk_(asterisk) {
    // A second of sound in A-law: 400 Hz, a loud square wave; and of nothing.
    std::string tone;
    while (tone.size() < 8'000) {
        tone += std::string(10, '\xaa') + std::string(10, '\x2a');
    }
    const std::map<std::string, std::string> sounds{
        {"tone", tone}, {"silence", std::string(8'000, '\xd5')}
    };
    for (const auto& [name, sound] : sounds) {
        std::filesystem::create_directory(folder_.path() / name);
        std::ofstream(folder_.path() / name / "sound.alaw", std::ios::binary) << sound;
    }
}

Phones::Process Phones::sipp(
    const std::string& scenario, std::vector<std::string> arguments, Media media
) {
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
    if (media.echoes) {
        command.argv.emplace_back("-rtp_echo");
    }
    // Scenarios send the sound.alaw of where they run.
    command.folder = folder_.path() / (media.is_mute ? "silence" : "tone");
    return std::make_unique<testing::ChildProcess>(command);
}

void Phones::plug_in(
    const std::string& extension,
    const std::string& scenario,
    const std::map<std::string, std::string>& keywords,
    Media media
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
    phones_.push_back(sipp("phone-" + scenario, std::move(arguments), media));
}

void Phones::plug_in_provider(const std::string& scenario) {
    phones_.push_back(
        sipp("phone-" + scenario, {"-p", std::to_string(asterisk_.trunk_port())}, loud)
    );
}

void Phones::call(const Calling& calling, const std::string& scenario, Media media) {
    const auto input = folder_.path() / ("call-" + std::to_string(started_) + ".csv");
    std::ofstream(input) << "SEQUENTIAL\n"
                         << calling.from << ";" << calling.to << ";" << calling.stay_ms << "\n";
    std::vector<std::string> arguments{
        "-inf", input.string(), "-m", "1", "127.0.0.1:" + std::to_string(asterisk_.sip_port())
    };
    callers_.push_back(sipp("caller-" + scenario, std::move(arguments), media));
}

void Phones::wait_for_callers() {
    for (const auto& caller : std::exchange(callers_, {})) {
        const auto code = caller->wait(120s);
        INFO(caller->output());
        CHECK(testing::present(code, "a caller does not end") == 0);
    }
}

}  // namespace trunkline::asterisk
