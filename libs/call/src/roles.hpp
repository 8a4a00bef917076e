#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "call/call.hpp"
#include "call/live_call.hpp"

namespace trunkline::call {

/// Who is who in a call, as far as its facts tell. E is the outside party.
struct Roles {
    bool external = false;               ///< There is an E, perhaps with a hidden number.
    std::optional<Direction> direction;  ///< None while no fact tells it.
    std::string phone;  ///< E as written, with `+` if anybody wrote it so; "" if hidden or none.
    std::string phone_key;  ///< match_key(phone).
    bool has_start = false;
    bool has_dial = false;  ///< A dial of this call, not of a helper leg.
    bool has_main_hangup = false;
    std::vector<std::string>
        main_ids;  ///< UniqueIds of the start and of this call's dials, in order.
    std::vector<std::string> outside_ids;  ///< UniqueIds of E's own channel.
    std::vector<std::string>
        side_ids;          ///< Helper legs: Local channels, mobiles of a group, consultations.
    std::string final_id;  ///< Whose hangup ends the call; "": any hangup of the call's parties.
    std::vector<std::string> rang;
    std::vector<std::string>
        mobiles;  ///< match_key of the outside numbers in `rang` (inbound and internal calls).
    std::string caller;  ///< Internal calls.
    std::string callee;
    std::vector<std::string> trunks;  ///< All lines seen, in order.
    std::string line;                 ///< The last one dialled over.

    bool is_outside(std::string_view number) const;  ///< Is this E?
    bool is_mobile(std::string_view number) const;
    /// Someone of ours: an internal number, or a mobile that was rung.
    bool is_inside(std::string_view number) const;
    /// A bridge, leave or caller id of E's channel.
    bool is_outside_leg(const Fact& fact) const;
    /// Is this UniqueId E's channel?
    bool is_outside_id(std::string_view unique_id) const;
    bool is_side(const Fact& fact) const;
    /// A dial of this call itself.
    bool is_main_dial(const Fact& fact) const;
    /// A hangup that speaks of this call's parties and not of a helper leg.
    bool is_main_hangup(const Fact& fact) const;
    bool is_final_hangup(const Fact& fact) const;
};

/// Pure; facts in order.
Roles roles_of(const std::vector<Fact>& facts);

/// The outside number of a dial or hangup: Phone, or the only extension of a call that an internal
/// phone made to outside.
std::string_view outside_number(const Fact& fact);

}  // namespace trunkline::call
