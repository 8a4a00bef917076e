#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox::moysklad {

enum class Api { phone, remap };

/// MoySklad's limits (contracts/moysklad.md sections 1 and 2.2): counted for every account and API,
/// and kept by 429 while `enforce` is set.
class Limits {
public:
    explicit Limits(const base::Clock& clock) : clock_(clock) {}

    struct Settings {
        bool enforce = false;
        std::int64_t phone_requests = 100;  ///< In 5 s.
        std::int64_t remap_units = 45;      ///< In 3 s.
        std::int64_t remap_cost = 4;        ///< Units a request: a user's token from 1 Dec 2026.
        std::int64_t parallel = 5;          ///< Of one user.
    };
    void set(Settings settings);
    const Settings& settings() const { return settings_; }

    enum class Breach { none, rate, parallel };
    /// Counts a request that begins; call end() when it is answered, also if it was refused.
    Breach begin(Api api, const std::string& account);
    void end(Api api, const std::string& account);

    struct Window {
        std::int64_t limit = 0;
        std::int64_t remaining = 0;
        std::chrono::milliseconds interval{0};
        std::chrono::milliseconds reset{0};  ///< Until the next request would pass.
    };
    Window window_of(Api api, const std::string& account);

    struct Broken {
        std::uint64_t phone = 0;
        std::uint64_t remap = 0;
        std::uint64_t parallel = 0;

        std::uint64_t all() const { return phone + remap + parallel; }
    };
    const Broken& broken() const { return broken_; }
    std::size_t busiest() const { return busiest_; }
    void reset();

private:
    struct Account {
        std::deque<base::SteadyTime> requests;  ///< Within the interval.
        std::int64_t under_way = 0;
    };
    Account& account_of(Api api, const std::string& name);
    std::int64_t allowed(Api api) const;

    const base::Clock& clock_;
    Settings settings_;
    std::map<std::pair<Api, std::string>, Account> accounts_;
    Broken broken_;
    std::size_t busiest_ = 0;  ///< The most requests that an account had under way at once.
};

/// `{"enforce":true,"remap_cost":1,...}`; what is missing keeps MoySklad's own value.
base::Result<Limits::Settings> limits_from_json(json::View view);
void write_limits(json::Writer& writer, const Limits& limits);

}  // namespace trunkline::sandbox::moysklad
