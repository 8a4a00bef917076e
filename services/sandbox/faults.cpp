#include "faults.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::pair<std::string_view, Fault::Kind> kinds[] = {
    {"status", Fault::Kind::status},
    {"slow", Fault::Kind::slow},
    {"lose", Fault::Kind::lose},
    {"garbage", Fault::Kind::garbage},
    {"never", Fault::Kind::never},
    {"reset", Fault::Kind::reset},
};

constexpr std::string_view apis[] = {"telegram", "retailcrm", "uon", "moysklad", "bitrix24"};

}  // namespace

std::string_view to_string(Fault::Kind kind) {
    for (const auto& [name, each] : kinds) {
        if (each == kind) {
            return name;
        }
    }
    return "status";
}

base::Result<Fault> fault_from_json(json::View view) {
    json::Reader reader(view);
    Fault fault;
    fault.api = reader.required_string("api");
    if (std::ranges::find(apis, fault.api) == std::end(apis)) {
        reader.fail("api", "must be telegram, retailcrm, uon, moysklad or bitrix24");
    }
    const auto kind = reader.required_string("kind");
    bool known = false;
    for (const auto& [name, each] : kinds) {
        if (name == kind) {
            fault.kind = each;
            known = true;
        }
    }
    if (!known) {
        reader.fail("kind", "must be status, slow, lose, garbage, never or reset");
    }
    fault.match = reader.optional_string("match").value_or("");
    fault.chat = reader.optional_string("chat").value_or("");
    fault.is_done = reader.optional_bool("done").value_or(false);
    fault.share = static_cast<double>(reader.optional_integer("percent").value_or(100)) / 100;
    fault.status = static_cast<unsigned>(reader.optional_integer("status").value_or(500));
    if (fault.status < 400 || fault.status > 599) {
        reader.fail("status", "must be from 400 to 599");
    }
    fault.body = reader.optional_string("body").value_or("");
    fault.times = reader.optional_integer("times").value_or(1);
    fault.delay = std::chrono::milliseconds(reader.optional_integer("delay_ms").value_or(0));
    if (fault.delay.count() < 0 || fault.delay > std::chrono::minutes(2)) {
        reader.fail("delay_ms", "must be from 0 to 120000");
    }
    if (const auto after = reader.optional_integer("retry_after")) {
        fault.retry_after = static_cast<int>(*after);
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return fault;
}

std::string to_json(const Fault& fault) {
    json::Writer writer;
    writer.begin_object()
        .member("api", fault.api)
        .member("kind", to_string(fault.kind))
        .member("match", fault.match)
        .member("chat", fault.chat)
        .member("done", fault.is_done)
        .member("percent", std::llround(fault.share * 100))
        .member("status", fault.status)
        .member("times", fault.times)
        .member("delay_ms", fault.delay.count())
        .member("retry_after", fault.retry_after)
        .end_object();
    return writer.take();
}

bool Faults::meets(std::string_view api, std::string_view what) const {
    return std::ranges::any_of(faults_, [&](const Fault& fault) {
        return fault.api == api && fault.chat.empty() &&
               (fault.match.empty() || what.find(fault.match) != std::string_view::npos);
    });
}

std::optional<Fault> Faults::take(
    std::string_view api, std::string_view what, std::string_view chat
) {
    std::uniform_real_distribution<double> dice(0, 1);
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (fault->api != api ||
            (!fault->match.empty() && what.find(fault->match) == std::string_view::npos) ||
            (!fault->chat.empty() && fault->chat != chat) ||
            (fault->share < 1 && dice(random_) >= fault->share)) {
            continue;
        }
        auto taken = *fault;
        if (fault->times == 1) {
            faults_.erase(fault);
        } else if (fault->times > 0) {
            --fault->times;
        }
        return taken;
    }
    return std::nullopt;
}

}  // namespace trunkline::sandbox
