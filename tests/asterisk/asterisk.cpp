#include "asterisk.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/ids.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"

namespace trunkline::asterisk {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The Debian of scripts/lib/asterisk.
fs::path debian() { return testing::source_folder() / ".deps/asterisk"; }

/// Where its homes lie: removed with everything else of .deps should a test be killed.
fs::path homes() {
    INFO("a real Asterisk is needed: run scripts/lib/asterisk as root, or scripts/test");
    REQUIRE(fs::exists(debian() / ".complete"));
    return debian() / "srv";
}

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_free_for_udp(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound =
        descriptor >= 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return bound;
}

std::uint16_t free_udp_port() {
    for (;;) {
        const auto port = testing::free_port();
        if (is_free_for_udp(port)) {
            return port;
        }
    }
}

std::string filled(std::string text, const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values) {
        const std::string mark = "@" + name + "@";
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), value);
            at += value.size();
        }
    }
    return text;
}

/// The modules' folder has the processor's name in it.
std::string modules_folder() {
    const std::string sample = read(debian() / "etc/asterisk/asterisk.conf");
    const auto at = sample.find("astmoddir => ");
    REQUIRE(at != std::string::npos);
    const auto begin = at + std::string("astmoddir => ").size();
    return sample.substr(begin, sample.find_first_of(" \r\n", begin) - begin);
}

void run(std::vector<std::string> argv) {
    const auto outcome = testing::run_command({.argv = std::move(argv)});
    INFO(outcome.output);
    REQUIRE(outcome.status == 0);
}

}  // namespace

Asterisk::Asterisk() : Asterisk(Options()) {}

Asterisk::Asterisk(Options options)
    : home_(std::make_unique<testing::TempFolder>(homes())),
      inside_("/srv/" + home_->path().filename().string()),
      ami_port_(testing::free_port()),
      sip_port_(free_udp_port()),
      trunk_port_(free_udp_port()),
      secret_(base::make_uuid()) {
    for (int extension = 151; extension <= 169; ++extension) {
        phone_ports_[std::to_string(extension)] = free_udp_port();
    }
    write_configuration(options);
}

Asterisk::~Asterisk() = default;

std::uint16_t Asterisk::phone_port(const std::string& extension) const {
    return phone_ports_.at(extension);
}

/// Their endpoints, for pjsip.conf.
std::string Asterisk::phones() const {
    std::string text;
    for (const auto& [extension, port] : phone_ports_) {
        text += fmt::format(
            "\n[{0}](phone)\naors = {0}\ncallerid = Phone {0} <{0}>\n\n"
            "[{0}]\ntype = aor\ncontact = sip:{0}@127.0.0.1:{1}\n",
            extension,
            port
        );
    }
    return text;
}

void Asterisk::write_configuration(const Options& options) {
    const std::map<std::string, std::string> values{
        {"HOME", inside_},
        {"MODULES", modules_folder()},
        {"AMI_PORT", std::to_string(ami_port_)},
        {"SIP_PORT", std::to_string(sip_port_)},
        {"TRUNK_PORT", std::to_string(trunk_port_)},
        {"SECRET", secret_},
        {"TIMESTAMPS", options.timestamps ? "yes" : "no"},
        {"RING_SECONDS", std::to_string(options.ring_seconds)},
        {"PHONES", phones()},
    };
    for (const auto* folder : {"etc", "db", "spool", "run", "log"}) {
        fs::create_directory(home_->path() / folder);
    }
    for (const auto& entry :
         fs::directory_iterator(testing::source_folder() / "tests/asterisk/etc")) {
        std::ofstream(home_->path() / "etc" / entry.path().filename())
            << filled(read(entry.path()), values);
    }
    run({"chroot", debian().string(), "chown", "-R", "asterisk:asterisk", inside_});
}

void Asterisk::start() {
    testing::Command command;
    // As a user of its own from the start: a change of user would make it outlive the test.
    command.argv = {
        "chroot",
        debian().string(),
        "setpriv",
        "--reuid=asterisk",
        "--regid=asterisk",
        "--clear-groups",
        "--pdeathsig=KILL",
        "asterisk",
        "-f",
        "-C",
        inside_ + "/etc/asterisk.conf"
    };
    command.inherit_environment = false;
    process_ = std::make_unique<testing::ChildProcess>(command);
    testing::wait_until(
        [&] {
            if (!process_->is_running()) {
                throw std::runtime_error("Asterisk ended: " + process_->output() + log());
            }
            return console("core waitfullybooted").find("fully booted") != std::string::npos;
        },
        60s,
        "Asterisk is booted"
    );
}

void Asterisk::kill() {
    process_->kill();
    process_.reset();
}

std::string Asterisk::console(const std::string& command) const {
    return testing::run_command({.argv =
                                     {"chroot",
                                      debian().string(),
                                      "asterisk",
                                      "-C",
                                      inside_ + "/etc/asterisk.conf",
                                      "-rx",
                                      command}}
    ).output;
}

void Asterisk::hang_up(const std::string& extension) const {
    // A line begins with its channel; one that listens in names the other's further on.
    const std::string up = "\n" + console("core show channels concise");
    const auto begin = up.find("\nPJSIP/" + extension + "-") + 1;
    INFO(up);
    REQUIRE(begin != 0);
    console("channel request hangup " + up.substr(begin, up.find('!', begin) - begin));
}

int Asterisk::channels() const {
    const std::string answer = console("core show channels count");
    const auto end = answer.find(" active channel");
    const auto begin = answer.rfind('\n', end);
    return end == std::string::npos
               ? -1
               : std::atoi(answer.c_str() + (begin == std::string::npos ? 0 : begin + 1));
}

std::string Asterisk::log() const { return read(home_->path() / "log/messages"); }

}  // namespace trunkline::asterisk
