#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::sandbox {

/// A fault that was ordered: it meets the next `times` requests of `api` whose method or path
/// contains `match`.
struct Fault {
    enum class Kind {
        status,   ///< Answers `status` with `body`; nothing is done.
        slow,     ///< Does and answers after `delay`.
        lose,     ///< Does, but answers only after `delay`: for the caller the answer is lost.
        garbage,  ///< 200 with a body that is no JSON; nothing is done.
        never,    ///< Nothing is done, and no answer comes for `delay`.
        reset,    ///< The connection breaks off without an answer; nothing is done.
    } kind = Kind::status;
    std::string api;  ///< Whose requests: `telegram`, `uon`, ...
    std::string match;
    std::string chat;      ///< Only requests with this chat_id; empty: all.
    double share = 1;      ///< Of the requests that it could meet, by chance.
    bool is_done = false;  ///< status, garbage, reset: the request is carried out all the same.
    unsigned status = 500;
    std::string body;
    std::optional<int> retry_after;  ///< Seconds.
    std::chrono::milliseconds delay{0};
    std::int64_t times = 1;  ///< Negative: until it is taken back.
};

std::string_view to_string(Fault::Kind kind);
base::Result<Fault> fault_from_json(json::View view);
std::string to_json(const Fault& fault);

class Faults {
public:
    void add(Fault fault) { faults_.push_back(std::move(fault)); }
    void clear() { faults_.clear(); }
    /// Whether take() would give one.
    bool meets(std::string_view api, std::string_view what) const;
    /// The first that meets this request; its count goes down.
    std::optional<Fault> take(
        std::string_view api, std::string_view what, std::string_view chat = {}
    );
    const std::list<Fault>& all() const { return faults_; }

private:
    std::list<Fault> faults_;
    std::minstd_rand random_;
};

}  // namespace trunkline::sandbox
