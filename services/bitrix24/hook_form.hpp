#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "tokens.hpp"

namespace trunkline::bitrix24 {

/// What a portal posts to us (contracts/bitrix24.md section 7): a form whose names have brackets,
/// such as `auth[member_id]`.
struct HookForm {
    std::string event;  ///< Upper case.
    std::map<std::string, std::string, std::less<>> fields;

    /// "" if it is absent.
    std::string data(std::string_view name) const { return field("data", name); }
    std::string auth(std::string_view name) const { return field("auth", name); }

private:
    std::string field(std::string_view group, std::string_view name) const;
};

HookForm form_of(std::string_view body);

/// ONAPPINSTALL's tokens and names. invalid_input: something is missing. forbidden: it is not for
/// the portal that the enterprise has configured.
base::Result<Installation> installation_in(
    const HookForm& form, const std::string& domain, const std::string& member_id
);

}  // namespace trunkline::bitrix24
