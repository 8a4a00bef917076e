#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/writer.hpp"
#include "moysklad_answer.hpp"

namespace trunkline::sandbox::moysklad {

/// What a second POST with a stored externalId is answered with; the contract leaves it open.
enum class SecondPost { refused, stored };

struct CardEvent {
    std::string type;
    std::string extension;
    std::int64_t sequence = 0;
};

struct Call {
    std::string id;
    std::string external_id;
    std::string number;
    bool is_incoming = false;
    std::string start_time;
    std::string extension;
    std::string employee;      ///< Its id.
    std::string counterparty;  ///< Its id.
    std::string end_time;
    std::optional<std::int64_t> duration;
    std::vector<std::string> record_urls;
    std::string comment;
    std::vector<CardEvent> events;  ///< Those that took effect.
    std::int64_t last_sequence = 0;
};

/// What was done against the rules and that MoySklad itself would swallow.
struct Violations {
    std::uint64_t late_events = 0;   ///< A lower or repeated sequence: dropped.
    std::uint64_t overwrites = 0;    ///< Another value for a field that has one: not taken.
    std::uint64_t link_doubles = 0;  ///< A link that was there already: there twice now.

    std::uint64_t all() const { return late_events + overwrites + link_doubles; }
};

/// The calls of one account by the rules of contracts/moysklad.md sections 1.2 and 1.3.
class Calls {
public:
    Answer create(json::View body, SecondPost second);
    Answer update(Call& call, json::View body);
    Answer add_event(Call& call, json::View event);

    Call* by_id(std::string_view id);
    Call* by_external_id(std::string_view external_id);

    const std::vector<Call>& all() const { return calls_; }
    const Violations& violations() const { return violations_; }

private:
    void apply(Call& call, json::View body);
    void set_once(std::string& field, std::string value);
    void take_events(Call& call, json::View body);
    void take_event(Call& call, json::View event);
    void find_people(Call& call);

    std::vector<Call> calls_;
    Violations violations_;
};

/// The call object of an answer.
std::string to_json(const Call& call);
/// For GET /sandbox/moysklad: with comment and the card's events.
void write_call(json::Writer& writer, const Call& call);

}  // namespace trunkline::sandbox::moysklad
