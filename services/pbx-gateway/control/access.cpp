#include "access.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr std::array right_names{
    std::string_view("look"),
    std::string_view("originate"),
    std::string_view("call"),
    std::string_view("record"),
    std::string_view("pause"),
    std::string_view("bridge"),
    std::string_view("spy"),
    std::string_view("manage-queues"),
    std::string_view("reload"),
    std::string_view("audit"),
};
constexpr std::array role_names{
    std::string_view("viewer"),
    std::string_view("agent"),
    std::string_view("supervisor"),
    std::string_view("admin"),
    std::string_view("service"),
    std::string_view("operator"),
};

constexpr unsigned bit(Right right) { return 1U << static_cast<unsigned>(right); }
constexpr unsigned looks = bit(Right::look);
constexpr unsigned works =
    looks | bit(Right::originate) | bit(Right::call) | bit(Right::record) | bit(Right::pause);
constexpr unsigned leads = works | bit(Right::bridge) | bit(Right::spy) | bit(Right::manage_queues);
constexpr unsigned rules = leads | bit(Right::reload) | bit(Right::audit);

unsigned rights_of(Role role) {
    switch (role) {
        case Role::viewer:
            return looks;
        case Role::agent:
            return works;
        case Role::supervisor:
        case Role::service:
            return leads;
        case Role::admin:
        case Role::installation:
            return rules;
    }
    return 0;
}

/// The token, empty if the header is no Bearer; nothing if there is no header.
std::optional<std::string> token_of(const httpd::Request& request) {
    if (!request.has_header("Authorization")) {
        return std::nullopt;
    }
    const auto header = base::trim(request.header("Authorization"));
    constexpr std::string_view scheme = "bearer ";
    if (header.size() <= scheme.size() ||
        !base::equals_ignoring_case(header.substr(0, scheme.size()), scheme)) {
        return std::string();
    }
    return std::string(base::trim(header.substr(scheme.size())));
}

bool is_token(const std::string& given, const std::string& wanted) {
    return !wanted.empty() && crypto::equal_constant_time(given, wanted);
}

Caller service(const httpd::Request& request) {
    constexpr std::size_t longest = 200;
    const auto whom =
        base::replace_invalid_utf8(request.header("X-Requested-By").substr(0, longest));
    return {
        .role = Role::service,
        .enterprise = std::string(request.header("X-Enterprise")),
        .name = whom.empty() ? "service" : "service for " + whom
    };
}

Caller operator_caller() {
    return {.role = Role::installation, .enterprise = "", .name = "operator"};
}

}  // namespace

std::string_view to_string(Right right) { return right_names.at(static_cast<std::size_t>(right)); }

std::string_view to_string(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

base::Result<Role> key_role(std::string_view text) {
    for (const auto role : {Role::viewer, Role::agent, Role::supervisor, Role::admin}) {
        if (to_string(role) == text) {
            return role;
        }
    }
    return base::fail(base::Errc::invalid_input, "a role is viewer, agent, supervisor or admin");
}

bool may(Role role, Right right) { return (rights_of(role) & bit(right)) != 0; }

asio::awaitable<base::Result<Caller>> identify(
    const httpd::Request& request, const AccessSettings& settings, KeyStore& keys
) {
    const auto token = token_of(request);
    if (!token && request.from_loopback()) {
        co_return settings.admin_token.empty() ? operator_caller() : service(request);
    }
    if (!token) {
        co_return base::fail(
            base::Errc::unauthorized,
            "Authorization: Bearer with ADMIN_TOKEN, INTERNAL_TOKEN or an enterprise's key is "
            "missing"
        );
    }
    if (is_token(*token, settings.admin_token)) {
        co_return operator_caller();
    }
    if (is_token(*token, settings.internal_token)) {
        co_return service(request);
    }
    if (token->empty()) {
        co_return base::fail(base::Errc::forbidden, "the token is wrong");
    }
    auto caller = co_await keys.find(key_digest(*token), request.deadline);
    if (!caller && caller.error().code == base::Errc::not_found) {
        co_return base::fail(base::Errc::forbidden, "the token is wrong");
    }
    co_return caller;
}

std::string key_digest(std::string_view key) { return crypto::to_hex(crypto::sha256(key)); }

}  // namespace trunkline::pbx_control
