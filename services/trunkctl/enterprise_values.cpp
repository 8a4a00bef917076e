#include "enterprise_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/timezone.hpp"
#include "crypto/webhook.hpp"
#include "net/address.hpp"
#include "numbers/plan.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t max_key = 64;
constexpr std::int64_t max_rate = 1'000'000;

std::unexpected<base::Error> wrong(std::string_view option, std::string_view what) {
    return base::fail(base::Errc::invalid_input, fmt::format("{}: {}", option, what));
}

bool is_one_word(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](unsigned char c) { return c <= ' '; });
}

base::Result<> check_word(std::string_view option, std::string_view text) {
    if (!is_one_word(text) || text.size() > max_key) {
        return wrong(option, "must be one word of at most 64 characters");
    }
    return {};
}

base::Result<> check_choice(
    std::string_view option, std::string_view text, std::span<const std::string_view> allowed
) {
    if (std::ranges::find(allowed, text) == allowed.end()) {
        return wrong(option, fmt::format("\"{}\" is none of {}", text, fmt::join(allowed, ", ")));
    }
    return {};
}

/// Checks and collects, one member after another; the first fault stays.
class Collector {
public:
    Collector(const std::string& number, const crypto::SecretBox* box)
        : number_(number), box_(box) {}

    void text(const char* column, const std::optional<std::string>& value) {
        if (value) {
            put(column, "$", *value);
        }
    }
    void checked(const char* column, const std::optional<std::string>& value, base::Result<> ok) {
        if (!ok) {
            fault(ok.error());
        } else {
            text(column, value);
        }
    }
    void put(const char* column, const char* sql, std::string value) {
        assignments_.push_back({column, sql, std::move(value)});
    }
    void networks(const std::string& list);
    void rate(const std::string& text);
    void secret(const char* option, const char* sql, const std::string& text);
    void fault(base::Error error) {
        if (!fault_) {
            fault_ = std::move(error);
        }
    }
    base::Result<std::vector<Assignment>> take() {
        if (fault_) {
            return std::unexpected(*fault_);
        }
        return std::move(assignments_);
    }

private:
    const std::string& number_;
    const crypto::SecretBox* box_;
    std::vector<Assignment> assignments_;
    std::optional<base::Error> fault_;
};

void Collector::networks(const std::string& list) {
    if (const auto parsed = net::parse_networks(list); !parsed) {
        fault(wrong("--allowed-networks", parsed.error().detail).error());
        return;
    }
    auto parts = base::split(list, ',');
    std::erase(parts, "");
    put("allowed_networks",
        "coalesce(string_to_array(nullif($::text, ''), ','), '{}')",
        fmt::format("{}", fmt::join(parts, ",")));
}

void Collector::rate(const std::string& text) {
    if (text == "default") {
        put("rate_limit", "nullif($::text, '')::integer", "");
        return;
    }
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < 0 || number > max_rate) {
        fault(wrong(
                  "--rate-limit",
                  "must be a whole number of events a second up to 1000000, 0 for no limit, or "
                  "default"
        )
                  .error());
        return;
    }
    put("rate_limit", "nullif($::text, '')::integer", text);
}

void Collector::secret(const char* option, const char* sql, const std::string& text) {
    if (text.empty()) {
        put("webhook_secret", sql, "");
        return;
    }
    if (const auto key = crypto::webhook_key(text); !key) {
        fault(wrong(option, key.error().detail).error());
        return;
    }
    put("webhook_secret",
        sql,
        box_ == nullptr ? text : box_->seal(text, tenants::webhook_secret_context(number_)));
}

base::Result<> check_region(const std::optional<std::string>& region) {
    return !region || numbers::has_numbering_plan(*region)
               ? base::Result<>()
               : wrong(
                     "--region",
                     fmt::format("\"{}\" is no country code (ISO 3166), such as BY", *region)
                 );
}

base::Result<> check_timezone(const std::optional<std::string>& timezone) {
    return !timezone || base::is_known_timezone(*timezone)
               ? base::Result<>()
               : wrong("--timezone", fmt::format("\"{}\" is no IANA time zone", *timezone));
}

void collect_choices(Collector& out, const EnterpriseValues& values) {
    static constexpr std::array<std::string_view, 3> recordings{"answered", "all", "none"};
    static constexpr std::array<std::string_view, 2> switches{"on", "off"};
    if (values.recordings) {
        out.checked(
            "recordings",
            values.recordings,
            check_choice("--recordings", *values.recordings, recordings)
        );
    }
    if (values.debug_log) {
        if (const auto ok = check_choice("--debug-log", *values.debug_log, switches); !ok) {
            out.fault(ok.error());
        }
        out.put("debug_log", "$::text = 'on'", *values.debug_log);
    }
}

}  // namespace

base::Result<> check_number(const std::string& number) { return check_word("--number", number); }

base::Result<std::vector<Assignment>> assignments_of(
    const EnterpriseValues& values, const std::string& number, const crypto::SecretBox* box
) {
    Collector out(number, box);
    out.text("name", values.name);
    if (values.token) {
        out.checked("name2", values.token, check_word("--token", *values.token));
    }
    if (values.bot_token) {
        const bool ok = values.bot_token->empty() || is_one_word(*values.bot_token);
        out.checked(
            "bot_token",
            values.bot_token,
            ok ? base::Result<>() : wrong("--bot-token", "must be one word")
        );
    }
    out.checked("region", values.region, check_region(values.region));
    out.checked("timezone", values.timezone, check_timezone(values.timezone));
    collect_choices(out, values);
    if (values.allowed_networks) {
        out.networks(*values.allowed_networks);
    }
    if (values.rate_limit) {
        out.rate(*values.rate_limit);
    }
    if (values.webhook_secret && values.added_webhook_secret) {
        out.fault(wrong("--webhook-secret", "stands alone, without --add-webhook-secret").error());
    } else if (values.webhook_secret) {
        out.secret("--webhook-secret", "$", *values.webhook_secret);
    } else if (values.added_webhook_secret) {
        out.secret(
            "--add-webhook-secret",
            "btrim(webhook_secret || ' ' || $::text)",
            *values.added_webhook_secret
        );
    }
    if (values.new_hook_key) {
        out.put(
            "hook_key",
            "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', $::text)",
            ""
        );
    }
    return out.take();
}

}  // namespace trunkline::trunkctl
