#pragma once

#include <string>
#include <vector>

namespace trunkline::trunkctl {

/// What has to be installed on an Asterisk, for people to copy.
struct ManagerUser {
    std::string name;
    std::string secret;                  ///< Empty: a place to write it.
    std::vector<std::string> permitted;  ///< Addresses or networks that it may come from.
    bool is_near = false;                ///< On the same machine: listens on loopback alone.
    bool use_ssl = false;
};

/// manager.conf with our user: the rights that are needed and no more (`system`, `command` and
/// `config` would hand out a shell), from the permitted addresses alone.
std::string manager_conf(const ManagerUser& user);

/// The part of extensions.conf in which held calls wait and others are recorded (docs/control.md).
/// `folder` is that of recordings, empty for the exchange's own.
std::string hold_dialplan(const std::string& context, std::string folder = {});

}  // namespace trunkline::trunkctl
