#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "bitrix24_answer.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {

/// What one Bitrix24 portal knows and does (contracts/bitrix24.md sections 4 to 6), whoever asks.
/// What the contract leaves open is refused, and what a careful caller never does is counted as a
/// violation. Pure but for the clock.
class Bitrix24Portal {
public:
    Bitrix24Portal(std::string name, const base::Clock& clock)
        : name_(std::move(name)), clock_(clock) {}

    /// `method` in lower case. Nothing: there is no such method here.
    std::optional<ApiAnswer> call(std::string_view method, json::View parameters);

    struct User {
        std::int64_t id;
        std::string_view inner_phone;  ///< "" if the user has none.
        std::string_view last_name, first_name;
        bool is_active;
    };
    static constexpr std::array<User, 6> users{{
        {1, "", "Админ", "Ада", true},
        {11, "150", "Ковалёва", "Анна", true},
        {12, "151", "Сидоров", "Пётр", true},
        {13, "152", "Новик", "Ольга", true},
        {14, "153", "Мороз", "Ян", true},
        {19, "159", "Бывший", "Илья", false},
    }};

    struct Finish {
        std::int64_t user = 0;
        std::int64_t duration = 0;
        std::string status_code;
        bool in_chat = false;
    };
    struct Recording {
        std::string url;
        std::string filename;
        std::uint64_t times = 0;
    };
    struct Call {
        std::string id;
        std::string external_id;
        std::int64_t user = 0;
        std::string phone;
        std::int64_t type = 0;
        std::string line;
        std::string start_date;
        bool crm_create = false;
        std::string crm_source;
        bool by_portal = false;  ///< Somebody clicked; the portal registered it.
        base::WallTime registered_at;
        std::uint64_t registrations = 1;
        std::set<std::int64_t> shown;  ///< Who sees the card now.
        std::set<std::int64_t> seen;   ///< Who ever saw it.
        std::optional<Finish> finish;
        std::optional<Recording> recording;
    };

    /// A call that the portal itself registers because `user` clicked on `phone`; its CALL_ID.
    std::string click(std::int64_t user, const std::string& phone, const std::string& line);
    void violate(const std::string& what) { ++violations_[what]; }
    /// Whether voximplant.statistic.get is allowed.
    void let_see_statistics(bool allowed) { sees_statistics_ = allowed; }

    /// GET /sandbox/bitrix24, the members of one portal.
    void write(json::Writer& writer) const;
    const std::vector<Call>& calls() const { return calls_; }
    const std::map<std::string, std::uint64_t>& violations() const { return violations_; }
    const std::map<std::string, std::string>& handlers() const { return handlers_; }
    void forget_handlers() { handlers_.clear(); }
    static const User* user_by_id(std::int64_t id);
    static const User* user_by_phone(std::string_view inner_phone);

private:
    ApiAnswer register_call(json::View parameters);
    ApiAnswer show_or_hide(json::View parameters, bool is_show);
    ApiAnswer finish_call(json::View parameters);
    ApiAnswer attach_record(json::View parameters);
    ApiAnswer search_crm_entities(json::View parameters);
    ApiAnswer add_line(json::View parameters);
    ApiAnswer get_lines() const;
    ApiAnswer get_users(json::View parameters);
    ApiAnswer get_statistics(json::View parameters);
    ApiAnswer bind_event(json::View parameters);
    ApiAnswer get_bindings() const;

    Call* find(std::string_view id);
    /// The same call, registered a moment ago and not finished.
    Call* find_same(const Call& call);
    Call& keep(Call call);

    std::string name_;
    const base::Clock& clock_;
    bool sees_statistics_ = true;
    std::vector<Call> calls_;
    std::uint64_t next_call_ = 1;
    std::map<std::string, std::string> lines_;     ///< Number to name.
    std::map<std::string, std::string> handlers_;  ///< Event to address.
    std::map<std::string, std::uint64_t> violations_;
};

}  // namespace trunkline::sandbox
