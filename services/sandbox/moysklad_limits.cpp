#include "moysklad_limits.hpp"

#include <algorithm>
#include <utility>

#include "json/reader.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds interval_of(Api api) {
    return api == Api::phone ? milliseconds(5000) : milliseconds(3000);
}

}  // namespace

void Limits::set(Settings settings) {
    settings_ = settings;
    accounts_.clear();
    broken_ = {};
    busiest_ = 0;
}

void Limits::reset() { set(Settings{}); }

/// In requests: units over what one costs.
std::int64_t Limits::allowed(Api api) const {
    return api == Api::phone ? settings_.phone_requests
                             : settings_.remap_units / settings_.remap_cost;
}

Limits::Account& Limits::account_of(Api api, const std::string& name) {
    auto& account = accounts_[{api, name}];
    const auto limit = clock_.steady() - interval_of(api);
    while (!account.requests.empty() && account.requests.front() <= limit) {
        account.requests.pop_front();
    }
    return account;
}

Limits::Breach Limits::begin(Api api, const std::string& name) {
    auto& account = account_of(api, name);
    ++account.under_way;
    busiest_ = std::max(busiest_, static_cast<std::size_t>(account.under_way));
    if (account.under_way > settings_.parallel) {
        ++broken_.parallel;
        if (settings_.enforce) {
            return Breach::parallel;
        }
    }
    if (std::cmp_greater_equal(account.requests.size(), allowed(api))) {
        ++(api == Api::phone ? broken_.phone : broken_.remap);
        if (settings_.enforce) {
            return Breach::rate;
        }
    }
    account.requests.push_back(clock_.steady());
    return Breach::none;
}

void Limits::end(Api api, const std::string& name) {
    const auto found = accounts_.find({api, name});
    if (found != accounts_.end() && found->second.under_way > 0) {
        --found->second.under_way;
    }
}

Limits::Window Limits::window_of(Api api, const std::string& name) {
    auto& account = account_of(api, name);
    const auto cost = api == Api::phone ? 1 : settings_.remap_cost;
    Window window;
    window.limit = api == Api::phone ? settings_.phone_requests : settings_.remap_units;
    window.remaining = std::max<std::int64_t>(
        0, window.limit - cost * static_cast<std::int64_t>(account.requests.size())
    );
    window.interval = interval_of(api);
    if (!account.requests.empty()) {
        window.reset = std::chrono::ceil<milliseconds>(
            account.requests.front() + interval_of(api) - clock_.steady()
        );
    }
    return window;
}

base::Result<Limits::Settings> limits_from_json(json::View view) {
    json::Reader reader(view);
    Limits::Settings settings;
    settings.enforce = reader.optional_bool("enforce").value_or(true);
    for (const auto& [name, value] :
         {std::pair{"phone_requests", &settings.phone_requests},
          std::pair{"remap_units", &settings.remap_units},
          std::pair{"remap_cost", &settings.remap_cost},
          std::pair{"parallel", &settings.parallel}}) {
        *value = reader.optional_integer(name).value_or(*value);
        if (*value < 1 || *value > 1'000'000) {
            reader.fail(name, "must be from 1 to 1000000");
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return settings;
}

void write_limits(json::Writer& writer, const Limits& limits) {
    const auto& settings = limits.settings();
    const auto& broken = limits.broken();
    writer.begin_object()
        .member("enforce", settings.enforce)
        .member("phone_requests", settings.phone_requests)
        .member("remap_units", settings.remap_units)
        .member("remap_cost", settings.remap_cost)
        .member("parallel", settings.parallel)
        .member("busiest", static_cast<std::uint64_t>(limits.busiest()))
        .key("broken")
        .begin_object()
        .member("phone", broken.phone)
        .member("remap", broken.remap)
        .member("parallel", broken.parallel)
        .end_object()
        .member("broken_all", broken.all())
        .end_object();
}

}  // namespace trunkline::sandbox::moysklad
