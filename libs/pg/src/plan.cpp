#include "plan.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "net/address.hpp"
#include "text_format.hpp"

namespace trunkline::pg {
namespace {

using Options = std::map<std::string, std::string>;

base::Result<Options> parse_url(const std::string& url) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree
    );
    // The message quotes the part that is wrong, which may be the password.
    PQfreemem(message);
    if (url.empty() || url.contains('\0') || !parsed) {
        return base::fail(
            base::Errc::invalid_input,
            "the PostgreSQL address cannot be read (expected "
            "postgresql://user:password@host:port/database; it is "
            "not shown, since it may hold a password)"
        );
    }
    Options options;
    for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') {
            options[option->keyword] = option->val;
        }
    }
    return options;
}

std::vector<std::string> split_list(const std::string& list) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (auto comma = list.find(','); comma != std::string::npos; comma = list.find(',', start)) {
        parts.push_back(list.substr(start, comma - start));
        start = comma + 1;
    }
    parts.push_back(list.substr(start));
    return parts;
}

std::string take(Options& options, const std::string& keyword) {
    const auto found = options.extract(keyword);
    return found.empty() ? std::string() : found.mapped();
}

bool is_port(const std::string& text) {
    const auto number = parse_integer(text);
    return text.empty() || (number && *number >= 1 && *number <= 65535);
}

base::Result<std::vector<Endpoint>> make_endpoints(Options& options) {
    const auto hosts = split_list(take(options, "host"));
    const auto addresses = split_list(take(options, "hostaddr"));
    const auto ports = split_list(take(options, "port"));
    const auto count = std::max(hosts.size(), addresses.size());
    const auto fits = [count](const std::vector<std::string>& list) {
        return list.size() == 1 || list.size() == count;
    };
    if (!fits(hosts) || !fits(addresses) || !fits(ports)) {
        return base::fail(
            base::Errc::invalid_input,
            "the PostgreSQL address names different numbers of hosts, addresses and ports"
        );
    }
    if (!std::ranges::all_of(ports, is_port)) {
        return base::fail(
            base::Errc::invalid_input,
            "a port of the PostgreSQL address is not a number from 1 to 65535"
        );
    }
    const auto pick = [](const std::vector<std::string>& list, std::size_t index) {
        return list.size() == 1 ? list.front() : list[index];
    };
    std::vector<Endpoint> endpoints;
    endpoints.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        endpoints.push_back(
            {.host = pick(hosts, index),
             .address = pick(addresses, index),
             .port = pick(ports, index)}
        );
    }
    return endpoints;
}

// What our reading of results relies on comes last and wins over the url's own options.
std::string session_options(const Settings& settings, const std::string& from_url) {
    const auto milliseconds = [](std::chrono::milliseconds value) {
        return std::to_string(value.count());
    };
    return "-c statement_timeout=" + milliseconds(settings.statement_timeout) +
           " -c idle_in_transaction_session_timeout=" +
           milliseconds(settings.idle_in_transaction_timeout) +
           // A statement whose client has gone, as after our deadline, ends soon instead of running
           // on.
           " -c client_connection_check_interval=2000"
           // Compiling a plan takes tens of milliseconds, longer than any statement of ours runs.
           " -c jit=off " +
           from_url +
           " -c TimeZone=UTC -c DateStyle=ISO,YMD -c bytea_output=hex -c extra_float_digits=1";
}

void add_defaults(Options& options, const Settings& settings) {
    options["options"] = session_options(settings, take(options, "options"));
    options["client_encoding"] = "UTF8";
    if (!settings.application_name.empty()) {
        options["application_name"] = settings.application_name;
    }
    // A peer that vanished without a word is found out in about half a minute.
    options.try_emplace("keepalives", "1");
    options.try_emplace("keepalives_idle", "10");
    options.try_emplace("keepalives_interval", "5");
    options.try_emplace("keepalives_count", "3");
    options.try_emplace("tcp_user_timeout", "20000");
    // Asking for Kerberos credentials may block.
    options.try_emplace("gssencmode", "disable");
    // Ignored by asynchronous connecting; ours is Settings::connect_timeout.
    options.erase("connect_timeout");
}

}  // namespace

bool needs_resolving(const Endpoint& endpoint) {
    // An absolute path is a socket's folder, `@` begins an abstract one.
    return endpoint.address.empty() && !endpoint.host.empty() && !endpoint.host.starts_with('/') &&
           !endpoint.host.starts_with('@');
}

base::Result<ConnectPlan> make_plan(const Settings& settings) {
    auto options = parse_url(settings.url);
    if (!options) {
        return std::unexpected(options.error());
    }
    auto endpoints = make_endpoints(*options);
    if (!endpoints) {
        return std::unexpected(endpoints.error());
    }
    add_defaults(*options, settings);
    ConnectPlan plan;
    plan.endpoints = std::move(*endpoints);
    plan.database = options->contains("dbname") ? options->at("dbname") : std::string();
    plan.options.assign(options->begin(), options->end());
    plan.statement_cache = settings.statement_cache;
    return plan;
}

base::Result<> check(const Settings& settings) {
    const auto zero = std::chrono::milliseconds(0);
    const auto shortest = std::min(
        {settings.connect_timeout,
         settings.acquire_timeout,
         settings.statement_timeout,
         settings.idle_in_transaction_timeout,
         settings.idle_check,
         settings.listen_check,
         settings.reconnect_maximum}
    );
    if (settings.pool_size == 0 || settings.max_waiters == 0 || shortest <= zero) {
        return base::fail(base::Errc::invalid_input, "PostgreSQL limits must be greater than zero");
    }
    const auto plan = make_plan(settings);
    return plan ? base::Result<>() : std::unexpected(plan.error());
}

std::string describe_server(const Settings& settings) {
    const auto plan = make_plan(settings);
    if (!plan) {
        return {};
    }
    std::string text;
    for (const auto& endpoint : plan->endpoints) {
        text += text.empty() ? "" : ",";
        text += endpoint.host.empty() ? endpoint.address : endpoint.host;
        text += endpoint.port.empty() ? "" : ":" + endpoint.port;
    }
    return text + "/" + plan->database;
}

}  // namespace trunkline::pg
