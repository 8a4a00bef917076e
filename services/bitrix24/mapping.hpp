#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "call_note.hpp"
#include "json/document.hpp"

namespace trunkline::bitrix24 {

// contracts/bitrix24.md section 8, as pure functions: a call into the parameters of methods. The
// results are JSON objects without `auth`.

struct User {
    std::int64_t id = 0;
    std::string name;
    std::string extension;  ///< UF_PHONE_INNER; "" if there is none.
};

/// A portal's active users.
class Users {
public:
    void add(User user);
    /// Null: nobody has this inner number.
    const User* by_extension(const std::string& extension) const;
    const User* by_id(std::int64_t id) const;
    const std::map<std::int64_t, User>& all() const { return by_id_; }

private:
    std::map<std::int64_t, User> by_id_;
    std::map<std::string, std::int64_t, std::less<>> ids_;
};

/// Reads one page of user.get; adds what it has.
void add_users(json::View root, Users& users);
/// Where the next page starts; nothing: this was the last.
std::optional<std::int64_t> next_page_of(json::View root);

/// Whose cards a ringing call is for: the known users, in the order in which they were dialled;
/// where none is known the default one; empty if there is none either.
std::vector<std::int64_t> ringing_users(
    const call::Call& call, const Users& users, std::optional<std::int64_t> default_user
);
/// Who talked with the outside party.
std::optional<std::int64_t> talking_user(
    const call::Call& call, const Users& users, std::optional<std::int64_t> default_user
);

struct Context {
    std::string line;  ///< Our number, digits; "" if unknown.
    std::string timezone;
    bool crm_create = false;
    std::string crm_source;
};
Registration registration_of(
    const call::Call& call,
    const std::string& external_id,
    std::int64_t user,
    const Context& context
);
std::string register_parameters(const Registration& registration, bool is_shown);

/// Whose cards change once `talker` has answered: all others lose theirs, he gets one if he has
/// none.
struct CardChange {
    std::vector<std::int64_t> hide;
    std::vector<std::int64_t> show;
};
CardChange cards_once_answered(const std::vector<std::int64_t>& shown, std::int64_t talker);
/// telephony.externalCall.show and .hide
std::string card_parameters(const std::string& call_id, const std::vector<std::int64_t>& users);

/// `200`, `304`, `486`, ...
std::string status_code_of(const call::Call& call);
std::string finish_parameters(
    const std::string& call_id, std::int64_t user, std::int64_t duration, const std::string& status
);
/// telephony.externalCall.attachRecord; the portal goes by the file name's ending.
std::string record_parameters(const std::string& call_id, const call::Call& call);

/// `2025-09-30T11:15:02+03:00`; an unknown zone counts as UTC.
std::string time_with_zone(base::WallTime time, const std::string& zone);

}  // namespace trunkline::bitrix24
