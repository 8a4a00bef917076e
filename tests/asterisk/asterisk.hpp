#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::asterisk {

/// A real Asterisk for one test: the one of scripts/lib/asterisk with a configuration, ports and
/// folders of its own, on loopback alone. What may be dialled stands in etc/extensions.conf. It
/// ends with the test.
class Asterisk {
public:
    /// What a test may want otherwise.
    struct Options {
        bool timestamps = true;     ///< `timestampevents`.
        unsigned ring_seconds = 4;  ///< Until who rings a phone gives up.
    };

    /// Writes the configuration; fails the test, saying what is missing, where there is no
    /// Asterisk.
    Asterisk();
    explicit Asterisk(Options options);
    ~Asterisk();

    /// Returns when it takes calls.
    void start();
    /// SIGKILL, as if the machine had lost its power.
    void kill();

    std::uint16_t ami_port() const { return ami_port_; }
    std::uint16_t sip_port() const { return sip_port_; }
    /// Where the provider of the trunk is to listen.
    std::uint16_t trunk_port() const { return trunk_port_; }
    /// Where the phone with this extension, 151 to 169, is to listen.
    std::uint16_t phone_port(const std::string& extension) const;
    const std::string& username() const { return username_; }
    const std::string& secret() const { return secret_; }

    /// What `asterisk -rx COMMAND` answers.
    std::string console(const std::string& command) const;
    /// Ends the call of the phone with this extension.
    void hang_up(const std::string& extension) const;
    /// How many channels are up.
    int channels() const;
    std::string log() const;
    /// Where it records; each enterprise may have a folder in it, as below RECORDINGS_PATH.
    std::filesystem::path recordings() const { return home_->path() / "spool/monitor"; }
    /// The folder of enterprise 0367 as the exchange names it: `recordings_path`.
    std::string own_path_of_recordings() const { return inside_ + "/spool/monitor/0367"; }

private:
    void write_configuration(const Options& options);
    std::string phones() const;

    std::unique_ptr<testing::TempFolder> home_;  ///< Inside the Debian that Asterisk lives in.
    std::string inside_;                         ///< Its path there.
    std::uint16_t ami_port_;
    std::uint16_t sip_port_;
    std::uint16_t trunk_port_;
    std::map<std::string, std::uint16_t> phone_ports_;
    std::string username_ = "trunkline";
    std::string secret_;
    std::unique_ptr<testing::ChildProcess> process_;
};

}  // namespace trunkline::asterisk
