#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "json/document.hpp"

namespace trunkline::trunkctl {

/// Members of an integration's section that are to be changed; an empty value takes one away.
using MemberValues = std::vector<std::pair<std::string, std::string>>;

/// invalid_input, with the keys that there are, unless `integration` is one of them.
base::Result<> check_integration(const std::string& integration);

/// What an integration that is switched on still needs, in words; empty if nothing.
std::vector<std::string> missing_members(json::View section, const std::string& integration);

/// integrations_config of `number` with `values` set in the section of `integration`, as JSON text;
/// `enabled` is true unless they say otherwise. Secrets are sealed if there is a `box`, and those
/// that stood there in the clear with them. invalid_input names every member that is unknown, wrong
/// or missing; nothing is to be stored then. Pure.
base::Result<std::string> changed_config(
    const json::Document& config,
    const std::string& number,
    const std::string& integration,
    const MemberValues& values,
    const crypto::SecretBox* box
);

/// The same without the section of `integration`; if it was the primary one, there is none then.
std::string config_without(
    const json::Document& config,
    const std::string& number,
    const std::string& integration,
    const crypto::SecretBox* box
);

}  // namespace trunkline::trunkctl
